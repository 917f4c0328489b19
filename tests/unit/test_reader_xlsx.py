"""The content of workbooks: sheets, tables and values as they are shown."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from services.extractor.document import Block
from services.extractor.readers import xlsx
from shared.domain.errors import Bomb, Corrupt, UnsupportedType
from tests.support.office_files import relations, write_xlsx
from tests.support.readers import LIMITS, options


def read(path: Path) -> list[Block]:
    pages = xlsx.read(path, options("xlsx"), LIMITS)
    return [block for page in pages for block in page.blocks]


def cell(place: str, value: str | float, style: int = 0) -> str:
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}" s="{style}"><v>{value}</v></c>'


def rows(*values: list[str | float], first: int = 1, left: str = "A") -> str:
    return "".join(
        f'<row r="{at}">'
        + "".join(cell(f"{chr(ord(left) + n)}{at}", v) for n, v in enumerate(row) if v != "")
        + "</row>"
        for at, row in enumerate(values, first)
    )


def sheet(folder: Path, content: str, after: str = "", **main: str) -> list[Block]:
    data = f"<sheetData>{content}</sheetData>{after}"
    return read(write_xlsx(folder / "f.xlsx", {"Plan": data}, **main))


def test_each_sheet_begins_with_its_name(tmp_path: Path) -> None:
    content = {"One": f"<sheetData>{rows(['a', 'b'], ['c', 1])}</sheetData>", "Empty": ""}
    blocks = read(write_xlsx(tmp_path / "f.xlsx", content))
    assert [(block.kind, block.text or block.rows) for block in blocks] == [
        ("heading", "One"),
        ("table", (("a", "b"), ("c", "1"))),
    ]
    assert blocks[1].header is True


def test_values_are_shown_in_their_format(tmp_path: Path) -> None:
    styles = (
        '<numFmts><numFmt numFmtId="170" formatCode="#,##0.00&quot; €&quot;"/></numFmts><cellXfs>'
        '<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="10"/><xf numFmtId="170"/></cellXfs>'
    )
    cells = cell("A2", 45000, 1) + cell("B2", 0.0725, 2) + cell("C2", 1234.5, 3)
    more = (
        '<c r="D2" t="s"><v>1</v></c><c r="E2" t="b"><v>1</v></c><c r="F2" t="e"><v>#N/A</v></c>'
        '<c r="G2" t="str"><f>A1&amp;"x"</f><v>joined</v></c><c r="H2"><f>SUM(B2:C2)</f><v/></c>'
    )
    head = rows([f"n{at}" for at in range(8)])
    content = f'<sheetData>{head}<row r="2">{cells}{more}</row></sheetData>'
    path = write_xlsx(tmp_path / "f.xlsx", {"Plan": content}, ["no", "a text"], styles)
    shown = ("2023-03-15", "7.25%", "1,234.50 €", "a text", "TRUE", "#N/A", "joined", "=SUM(B2:C2)")
    assert read(path)[1].rows[1] == shown


def test_titles_stand_above_their_table_and_blank_rows_part_tables(tmp_path: Path) -> None:
    content = rows(["Stock"]) + rows(["in pieces"], ["Part", "Bin"], ["A1", 3], first=2)
    content += rows(["A remark about it."], first=6) + rows(["Sums"], first=8)
    blocks = sheet(tmp_path, content + rows(["Year", "Sum"], [2023, 5], first=10))
    assert [(block.kind, block.text or block.rows) for block in blocks[1:]] == [
        ("caption", "Stock\nin pieces"),
        ("table", (("Part", "Bin"), ("A1", "3"))),
        ("paragraph", "A remark about it."),
        ("caption", "Sums"),
        ("table", (("Year", "Sum"), ("2023", "5"))),
    ]


def test_tables_side_by_side_are_two_tables(tmp_path: Path) -> None:
    both = '<row r="1">{}{}</row><row r="2">{}{}</row>'.format(
        cell("A1", "Part") + cell("B1", "Bin"),
        cell("E1", "City") + cell("F1", "Code"),
        cell("A2", "A1") + cell("B2", 3),
        cell("E2", "Rome") + cell("F2", 7),
    )
    tables = [block.rows for block in sheet(tmp_path, both)[1:]]
    assert tables == [(("Part", "Bin"), ("A1", "3")), (("City", "Code"), ("Rome", "7"))]


def test_a_blank_column_between_labels_and_values_parts_nothing(tmp_path: Path) -> None:
    content = rows(["Item", "", "2023", "2024"], ["Rent", "", 5, 6])
    (table,) = sheet(tmp_path, content)[1:]
    assert table.rows == (("Item", "2023", "2024"), ("Rent", "5", "6"))


def test_merged_cells_are_repeated_where_they_cover_others(tmp_path: Path) -> None:
    content = rows(["Year", "Sales", ""], ["", "North", "South"], [2023, 1, 2], ["", 3, 4])
    merged = '<mergeCells><mergeCell ref="B1:C1"/><mergeCell ref="A3:A4"/></mergeCells>'
    (table,) = sheet(tmp_path, content, merged)[1:]
    assert table.rows == (
        ("Year", "Sales North", "Sales South"),
        ("2023", "1", "2"),
        ("2023", "3", "4"),
    )


def test_rows_that_stay_on_top_are_the_header(tmp_path: Path) -> None:
    pane = '<sheetViews><sheetView><pane ySplit="1"/></sheetView></sheetViews>'
    content = f"{pane}<sheetData>{rows([1, 2], [3, 4])}</sheetData>"
    table = read(write_xlsx(tmp_path / "f.xlsx", {"Plan": content}))[1]
    assert (table.rows, table.header) == ((("1", "2"), ("3", "4")), True)


def test_hidden_rows_and_sheets_are_marked(tmp_path: Path) -> None:
    content = rows(["a", "b"], ["c", 1]) + '<row r="3" hidden="1">' + cell("A3", "x") + "</row>"
    (table,) = sheet(tmp_path, content)[1:]
    assert [(mark.start, mark.hidden) for mark in table.row_marks] == [(2, True)]
    (table,) = sheet(tmp_path, rows(["a", "b"], ["c", 1]), Plan='state="hidden"')[1:]
    assert [(mark.start, mark.end, mark.hidden) for mark in table.row_marks] == [(0, 2, True)]


def test_a_long_table_has_its_header_and_caption_in_every_part(tmp_path: Path) -> None:
    values: list[list[str | float]] = [[f"r{number}", number] for number in range(1_000)]
    blocks = sheet(tmp_path, rows(["In EUR"], ["Name", "Value"], *values))[1:]
    assert [block.text for block in blocks[::2]] == ["In EUR"] * 5
    tables = blocks[1::2]
    assert {table.rows[0] for table in tables} == {("Name", "Value")}
    assert [row[0] for table in tables for row in table.rows[1:]] == [f"r{n}" for n in range(1_000)]


def test_blank_cells_and_cells_far_away_leave_no_trace(tmp_path: Path) -> None:
    blank = "".join(f'<row r="{at}">' + '<c s="1"/>' * 100 + "</row>" for at in range(2, 1_002))
    far = f'<row r="1048576">{cell("A1048576", "deep")}{cell("XFD1048576", 5)}</row>'
    blocks = sheet(tmp_path, rows(["a", "b"]) + blank + far)
    assert blocks[-1].rows == (("deep", "5"),)


@pytest.mark.parametrize(
    ("content", "after", "error"),
    [
        ("<row><c><v>" * 5_000, "", Corrupt),
        (
            rows(["a", "b"]),
            "<mergeCells>" + '<mergeCell ref="A1:XFD1048576"/>' * 110_000 + "</mergeCells>",
            Bomb,
        ),
    ],
)
def test_hostile_sheets_are_refused(
    tmp_path: Path, content: str, after: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        sheet(tmp_path, content, after)


def test_a_binary_workbook_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "f.xlsb"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("_rels/.rels", relations({"officeDocument": "xl/workbook.bin"}))
        archive.writestr("xl/workbook.bin", b"\x83\x01")
        archive.writestr("[Content_Types].xml", "<Types/>")
    with pytest.raises(UnsupportedType, match="save it as"):
        read(path)
