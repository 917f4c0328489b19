"""Tables in CSV: dialects, names of columns, and rows that stay whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.extractor.chunking.chunker import chunk
from services.extractor.document import Block
from services.extractor.readers import csv
from tests.support.readers import LIMITS, WordTokenizer, options, write_tokenizer


def read(folder: Path, content: str | bytes, **changes: object) -> list[Block]:
    path = folder / "f.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    pages = csv.read(path, options("csv", **changes), LIMITS)
    return [block for page in pages for block in page.blocks]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_values_are_parted_by_the_delimiter_of_the_file(
    tmp_path: Path, delimiter: str, end: str
) -> None:
    rows = [["Name", "Size, in m", "Note"], ['"Ada"', '"1;5,2|0\t"', '"two\nlines ""so"""']]
    (table,) = read(tmp_path, end.join(delimiter.join(row) for row in rows) + end)
    if delimiter == ",":  # the second name has a comma outside of quotes
        assert table.rows[0] == ("Name", "Size", "in m", "Note")
    else:
        assert table.rows[0] == ("Name", "Size, in m", "Note")
    assert table.rows[1][:3] == ("Ada", "1;5,2|0", 'two\nlines "so"')
    assert table.header is True


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_declared_delimiter_and_every_encoding_are_read(tmp_path: Path, encoding: str) -> None:
    (table,) = read(tmp_path, "sep=;\nName;Preis\nGröße, M;5 €\n".encode(encoding))
    assert table.rows == (("Name", "Preis"), ("Größe, M", "5 €"))


def test_titles_above_the_table_are_its_caption(tmp_path: Path) -> None:
    title, table = read(tmp_path, "Stock of June,,\n\nPart,Bin,Pieces\nA1,3,20\n")
    assert (title.kind, title.text) == ("caption", "Stock of June")
    assert table.rows[0] == ("Part", "Bin", "Pieces")


def test_numbers_in_the_first_row_name_no_column(tmp_path: Path) -> None:
    (table,) = read(tmp_path, "2020,14.5\n2021,15.5\n")
    assert (table.rows, table.header) == ((("2020", "14.5"), ("2021", "15.5")), None)


def test_a_quote_that_is_not_closed_does_not_swallow_the_rows_below(tmp_path: Path) -> None:
    rows = "".join(f"n{number},v{number}\n" for number in range(3_000))
    tables = read(tmp_path, f'Name,Value\n"open,x\n{rows}')
    cells = {row for table in tables for row in table.rows}
    assert {("'open", "x"), ("n0", "v0"), ("n2999", "v2999")} <= cells


def test_lines_without_a_delimiter_are_paragraphs(tmp_path: Path) -> None:
    texts = [(block.kind, block.text) for block in read(tmp_path, "Berlin\n\nParis\n")]
    assert texts == [("paragraph", "Berlin"), ("paragraph", "Paris")]


def test_every_chunk_has_the_names_and_no_row_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    rows = [f"p{n},Person number {n} of the list,City {n % 7}" for n in range(900)]
    path.write_text("\n".join(["id,name,city", *rows]))
    drafts = list(chunk(csv.read(path, options("csv"), LIMITS), WordTokenizer(), 60))
    assert all(draft.content.startswith("| id | name | city |") for draft in drafts)
    read_rows = [line for draft in drafts for line in draft.content.splitlines()[2:]]
    assert read_rows == ["| " + row.replace(",", " | ") + " |" for row in rows]


@pytest.mark.parametrize("exact", [True, False])
def test_a_row_that_is_too_long_for_a_chunk_names_each_value(tmp_path: Path, exact: bool) -> None:
    names = [f"field{number}" for number in range(80)]
    values = [f"value {number}" for number in range(80)]
    tokenizer = str(write_tokenizer(tmp_path)) if exact else ""
    content = ",".join(names) + "\n" + ",".join(values) + "\n"
    fields = read(tmp_path, content, max_tokens=100, tokenizer_path=tokenizer)
    assert {field.kind for field in fields} == {"field"}
    assert all(field.text.startswith("field0: value 0\n") for field in fields)
    assert all(len(WordTokenizer().spans(field.text)) <= 100 for field in fields)
    lines = dict.fromkeys(line for field in fields for line in field.text.splitlines())
    assert list(lines) == [f"{a}: {b}" for a, b in zip(names, values, strict=True)]


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n" + "x" * 3_000_000 + ",deep\n",
        'a,b\n"' + "x\n" * 20_000 + '",deep\n',
        "a,b\n" + "," * 200_000 + "deep\n",
        "deep" + "\n" * 100_000,
        "deep,b\n" + '"' * 99_999,
        "a,b\x00,\n1,\x00deep\n",
    ],
)
def test_hostile_tables_are_read(tmp_path: Path, content: str) -> None:
    blocks = read(tmp_path, content)
    assert "deep" in "".join(block.text + str(block.rows) for block in blocks)
