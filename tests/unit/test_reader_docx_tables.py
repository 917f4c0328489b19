"""The tables of a Word file: merged cells, headers, tables in cells, and frames of text."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.extractor.document import Block
from services.extractor.readers import docx
from tests.support.readers import LIMITS, options, paragraph, part, write_docx


def read(path: Path) -> list[Block]:
    return [block for page in docx.read(path, options("docx"), LIMITS) for block in page.blocks]


def tables(folder: Path, *rows: str, properties: str = "", styles: str = "") -> list[Block]:
    """Return the blocks of a file with one table, which has these properties and rows."""
    body = f"<w:tbl><w:tblPr>{properties}</w:tblPr>{''.join(rows)}</w:tbl>"
    parts = {"word/styles.xml": part("styles", styles)} if styles else {}
    return read(write_docx(folder / "f.docx", body, parts))


def cell(content: str, properties: str = "") -> str:
    inner = content if content.startswith("<") else paragraph(content)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def row(*cells: str, properties: str = "") -> str:
    inner = "".join(each if each.startswith("<w:tc>") else cell(each) for each in cells)
    return f"<w:tr><w:trPr>{properties}</w:trPr>{inner}</w:tr>"


WIDE = '<w:gridSpan w:val="2"/>'
TOP, BELOW = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"


def test_a_merged_cell_has_its_text_in_each_row_and_column(tmp_path: Path) -> None:
    (table,) = tables(
        tmp_path,
        row(cell("wide", WIDE), "c"),
        row(cell("tall", TOP), "d", "e"),
        row(cell("", BELOW), "f", "g"),
        row(cell("other", TOP), "h", "i"),
        row(cell("", BELOW), "j", "k", properties=""),
    )
    assert table.rows == (
        ("wide", "wide", "c"),
        ("tall", "d", "e"),
        ("tall", "f", "g"),
        ("other", "h", "i"),
        ("other", "j", "k"),
    )


def test_a_long_text_of_a_merged_cell_is_written_once(tmp_path: Path) -> None:
    text = "word " * 100
    (table,) = tables(
        tmp_path,
        row(cell(text, WIDE), cell(text, TOP)),
        row("a", "b", cell("", BELOW)),
    )
    assert table.rows == ((text.strip(), "", text.strip()), ("a", "b", ""))


def test_a_merged_cell_over_very_many_columns_is_written_once(tmp_path: Path) -> None:
    (table,) = tables(tmp_path, row(cell("a" * 100, '<w:gridSpan w:val="150"/>')), row("b", "c"))
    assert len(table.rows[0]) == 150
    assert table.rows[0][1:] == ("",) * 149


def test_columns_before_a_row_that_starts_late_are_empty(tmp_path: Path) -> None:
    late = row("b", properties='<w:gridBefore w:val="1"/>')
    (table,) = tables(tmp_path, row("a", "c"), late)
    assert table.rows == (("a", "c"), ("", "b"))


BOLD = "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>Name</w:t></w:r></w:p>"
STYLE = (
    '<w:style w:styleId="Bands"><w:tblStylePr w:type="firstRow"/></w:style>'
    '<w:style w:styleId="Own"><w:basedOn w:val="Bands"/></w:style>'
)
STYLED = '<w:tblStyle w:val="Own"/>'


@pytest.mark.parametrize(
    ("first", "properties", "header"),
    [
        (row("Name", "Age"), "", None),
        (row("Name", "Age", properties="<w:tblHeader/>"), "", 1),
        (row("Name", "Age", properties='<w:tblHeader w:val="0"/>'), "", None),
        (row(cell(BOLD), cell(BOLD)), "", 1),
        (row(cell(BOLD), "Age"), "", None),
        (row("Name", "Age"), STYLED + '<w:tblLook w:firstRow="1"/>', 1),
        (row("Name", "Age"), STYLED + '<w:tblLook w:val="0020"/>', 1),
        (row("Name", "Age"), STYLED + '<w:tblLook w:val="0000"/>', None),
        (row("Name", "Age"), '<w:tblLook w:firstRow="1"/>', None),
    ],
)
def test_a_header_is_what_the_file_shows_as_one(
    tmp_path: Path, first: str, properties: str, header: int | None
) -> None:
    found = tables(tmp_path, first, row("Ada", "36"), properties=properties, styles=STYLE)
    assert [table.header for table in found] == [header]


def test_a_long_table_is_split_into_parts_with_its_header(tmp_path: Path) -> None:
    found = tables(tmp_path, *(row(f"r{number}", "x") for number in range(1_000)))
    assert len(found) > 2
    assert {table.rows[0] for table in found} == {("r0", "x")}
    firsts = [each[0] for table in found for each in table.rows[1:]]
    assert firsts == [f"r{number}" for number in range(1, 1_000)]


def test_all_rows_of_a_header_are_repeated_in_each_part(tmp_path: Path) -> None:
    repeated = "<w:tblHeader/>"
    names = [
        row(cell("Region", TOP), cell("Sales", WIDE), properties=repeated),
        row(cell("", BELOW), "2023", "2024", properties=repeated),
    ]
    found = tables(tmp_path, *names, *(row(f"r{n}", "1", "2") for n in range(500)))
    assert len(found) > 1
    for table in found:
        assert table.header == 2
        assert table.rows[:2] == (("Region", "Sales", "Sales"), ("Region", "2023", "2024"))
    assert sum(len(table.rows) - 2 for table in found) == 500


def test_a_table_in_a_cell_follows_below_the_text_of_its_row(tmp_path: Path) -> None:
    inner = f"<w:tbl>{row('when', 'mg')}{row('morning', '5')}</w:tbl>"
    dose = cell(paragraph("Dose") + inner)
    outer, caption, table = tables(tmp_path, row("Drug", "Use"), row("Aspirin", dose))
    assert outer.rows == (("Drug", "Use"), ("Aspirin", "Dose"))
    assert (caption.kind, caption.text) == ("caption", "Aspirin, Dose")
    assert table.rows == (("when", "mg"), ("morning", "5"))


def test_a_table_of_one_row_in_a_cell_is_part_of_the_text(tmp_path: Path) -> None:
    inner = f"<w:tbl>{row('x', 'y')}</w:tbl>"
    (table,) = tables(tmp_path, row(cell(paragraph("a") + inner), "b"))
    assert table.rows == (("a\nx, y", "b"),)


def test_a_frame_of_one_cell_has_the_kinds_of_its_content(tmp_path: Path) -> None:
    inner = f"<w:tbl>{row('a', 'b')}{row('1', '2')}</w:tbl>"
    frame = cell(paragraph("Care", '<w:outlineLvl w:val="0"/>') + paragraph("Wash it.") + inner)
    found = [(block.kind, block.text) for block in tables(tmp_path, row(frame))]
    assert found == [("heading", "Care"), ("paragraph", "Wash it."), ("table", "")]


def test_short_items_below_each_other_are_a_table(tmp_path: Path) -> None:
    (table,) = tables(tmp_path, row("Drug"), row("Aspirin"), row("Codeine"))
    assert table.rows == (("Drug",), ("Aspirin",), ("Codeine",))
    texts = tables(tmp_path, row("Wash it."), row("Dry it."), row("Store it."))
    assert [block.kind for block in texts] == ["paragraph"] * 3


def test_a_long_frame_of_text_is_read_whole(tmp_path: Path) -> None:
    found = tables(tmp_path, *(row(f"Sentence {number}.") for number in range(500)))
    assert [block.text for block in found] == [f"Sentence {number}." for number in range(500)]


def test_struck_and_deleted_cells_stand_below_the_table(tmp_path: Path) -> None:
    struck = "<w:p><w:r><w:rPr><w:strike/></w:rPr><w:t>48</w:t></w:r><w:r><w:t>24</w:t></w:r></w:p>"
    table, first, second = tables(
        tmp_path,
        row("Report", "Hours"),
        row("written", cell(struck)),
        row("oral", properties="<w:del/>"),
    )
    assert table.rows == (("Report", "Hours"), ("written", "24"))
    assert [(each.text, each.marks[0].struck) for each in (first, second)] == [
        ("48", True),
        ("oral", True),
    ]


def test_notes_of_a_cell_stand_below_the_table(tmp_path: Path) -> None:
    call = '<w:p><w:r><w:t>9</w:t><w:footnoteReference w:id="2"/></w:r></w:p>'
    body = f"<w:tbl>{row('Net', cell(call))}</w:tbl>"
    note = f'<w:footnote w:id="2">{paragraph("after tax")}</w:footnote>'
    path = write_docx(tmp_path / "f.docx", body, {"word/footnotes.xml": part("footnotes", note)})
    table, below = read(path)
    assert (table.rows, below.text) == ((("Net", "9"),), "after tax")


def test_rows_have_the_page_on_which_they_begin(tmp_path: Path) -> None:
    broken = "<w:p><w:r><w:lastRenderedPageBreak/><w:t>b</w:t></w:r></w:p>"
    (table,) = tables(tmp_path, row("a", "x"), row(cell(broken), "y"), row("c", "z"))
    assert table.row_pages == (1, 2, 2)
