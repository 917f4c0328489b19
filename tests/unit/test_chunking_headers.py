"""Only rows that name columns are headers; a table that begins with its data has none."""

from __future__ import annotations

import pytest

from services.extractor.chunking.chunker import chunk
from services.extractor.chunking.headers import kinds_of_rows
from services.extractor.document import Block, BlockKind, ChunkDraft, Page
from shared.text.chunk_sentences import LineBox
from tests.support.readers import WordTokenizer

Rows = tuple[tuple[str, ...], ...]
TORQUES: Rows = (("Part", "Torque"), ("Bolt", "12 Nm"), ("Nut", "9 Nm"))


def headings(rows: Rows, header: bool | None = None) -> list[int]:
    kinds = kinds_of_rows(rows, header, None)
    return [number for number, kind in enumerate(kinds) if kind == "heading"]


@pytest.mark.parametrize(
    "rows",
    [
        TORQUES,
        (("Thing", "Place"), ("ladder", "hay loft"), ("lantern", "boat house")),
        (("", "2023", "2022"), ("Sales", "1,250", "1,100"), ("Costs", "800", "790")),
        (("Unit", "Limit (°C)", "Alarm"), ("UF-1", "-80", "yes"), ("UF-2", "-70", "no")),
        (
            ("Period", "Average price of all shares that were bought under the plan in the period"),
            ("May", "$ 71"),
            ("June", "$ 82"),
        ),
        (("Step", "Q1", "Q2 2024"), ("a", "$ 4", "5 %"), ("b", "$ 5", "6 %")),
    ],
)
def test_names_of_columns_are_a_header(rows: Rows) -> None:
    assert headings(rows) == [0]


@pytest.mark.parametrize(
    "rows",
    [
        (("Bolt", "12 Nm"), ("Nut", "9 Nm"), ("Pin", "4 Nm")),
        (("UF-1", "20 minutes", "cellar"), ("UF-2", "30 minutes", "attic")),
        (("Title:", "Cleaning"), ("Owner:", "Quality"), ("Room:", "Hall")),
        (("Document", "SOP-017"), ("Title", "Cleaning"), ("Owner", "Quality")),
        (("", "", "x"), ("a", "b", "c"), ("d", "e", "f")),
        (("only", "one row"),),
        (
            ("nurse", "gives the medicines that the doctor has prescribed and looks after you"),
            ("porter", "takes you to your examinations"),
        ),
        (("12", "13"), ("14", "15")),
        (("2021", "2022"), ("2023", "2024")),
    ],
)
def test_a_row_of_data_is_no_header(rows: Rows) -> None:
    assert headings(rows) == []


def test_the_format_decides_if_it_knows() -> None:
    assert headings((("12", "13"), ("14", "15")), header=True) == [0]
    assert headings(TORQUES, header=False) == []
    assert headings((("", ""), ("a", "b")), header=True) == []


def test_a_title_above_the_names_is_a_caption() -> None:
    rows = (("Torques of all parts", ""), *TORQUES)
    assert kinds_of_rows(rows, None, None)[:3] == ["caption", "heading", "table_row"]


def test_a_second_row_of_periods_is_a_header_too() -> None:
    rows = (
        ("", "Year ended", ""),
        ("", "2023", "2022"),
        ("Sales", "12", "13"),
        ("Costs", "1", "2"),
    )
    assert headings(rows) == [0, 1]


def table(page: int, rows: Rows) -> Block:
    boxes = tuple((0.0, 10.0 * at, 9.0, 10.0 * at + 9) for at in range(1, len(rows) + 1))
    return Block("table", "", page, (0, 10, 9, 99), rows=rows, row_boxes=boxes)


def second_of(first: Rows, second: Rows, *between: Block) -> ChunkDraft:
    pages = [
        Page(1, (Block("paragraph", "See below.", 1), table(1, first))),
        Page(2, (*between, table(2, second))),
    ]
    tables = [draft for draft in chunk(pages, WordTokenizer()) if draft.chunk_type == "table"]
    return tables[-1]


def kinds_after(first: Rows, second: Rows, *between: Block) -> list[str]:
    return [each.kind for each in second_of(first, second, *between).sentences]


MORE: Rows = (("Washer", "3 Nm"), ("Spring", "2 Nm"))


def test_a_table_that_continues_on_the_next_page_repeats_the_header() -> None:
    draft = second_of(TORQUES, MORE)
    assert draft.content.startswith("| Part | Torque |\n|-|-|\n| Washer | 3 Nm |")
    assert [each.kind for each in draft.sentences] == ["heading", "table_row", "table_row"]
    assert [each.page for each in draft.sentences] == [1, 2, 2]
    assert [box for each in draft.sentences for box in each.boxes] == [
        LineBox(1, 0, 10, 9, 19),
        LineBox(2, 0, 10, 9, 19),
        LineBox(2, 0, 20, 9, 29),
    ]


def test_a_header_that_the_next_page_has_is_not_repeated() -> None:
    draft = second_of(TORQUES, (TORQUES[0], *MORE))
    assert draft.content.count("Part") == 1
    assert [each.page for each in draft.sentences] == [2, 2, 2]


def test_the_rest_of_a_table_without_header_has_none() -> None:
    assert kinds_after(TORQUES[1:], MORE) == ["table_row", "table_row"]


def test_a_table_below_text_or_with_other_columns_is_another_one() -> None:
    other = (("Thing", "Place"), ("spring", "boat house"))
    assert kinds_after(TORQUES, other, Block("paragraph", "See above.", 2))[0] == "heading"
    assert kinds_after(TORQUES, other)[0] == "heading"
    wide = (("Thing", "Place", "Owner"), ("spring", "boat house", "Ada"))
    assert kinds_after(TORQUES, wide)[0] == "heading"


def test_the_rest_of_a_table_repeats_all_lines_above_its_first_row() -> None:
    first = (("", "Length", "Length"), ("Part", "Short", "Long"), ("Bolt", "12", "9"))
    rest = (("Washer", "3", "4"), ("Spring", "2", "1"))
    pages = [
        Page(1, (Block("paragraph", "Parts (in mm):", 1), table(1, first))),
        Page(2, (table(2, rest),)),
    ]
    _, draft = chunk(pages, WordTokenizer())
    assert draft.content.startswith(
        "Parts (in mm):\n|  | Length | Length |\n| Part | Short | Long |\n|-|-|-|\n| Washer |"
    )
    assert [each.page for each in draft.sentences] == [1, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        ((("", "2022", "2023"), ("", "Opened", "Opened"), ("North", "1", "2")), 2),
        ((("Size", "TED", "TED"), ("Size", "simple", "all"), ("6", "0.9", "0.8")), 2),
        ((("", "2023", "2022"), ("Founded", "1999", "1998"), ("Sold", "12", "13")), 1),
        ((("Part", "Torque"), ("Assets", ""), ("Bolt", "12 Nm"), ("Nut", "9 Nm")), 1),
    ],
)
def test_all_rows_of_names_above_the_values_are_a_header(rows: Rows, count: int) -> None:
    assert headings(rows) == list(range(count))


@pytest.mark.parametrize("kind", ["heading", "caption"])
def test_a_table_below_its_title_again_keeps_the_unit_and_the_names(kind: BlockKind) -> None:
    unit = Block("paragraph", "(in newton metres)", 1)
    pages = [
        Page(1, (Block("caption", "Table 1: Torques", 1), unit, table(1, TORQUES))),
        Page(2, (Block(kind, "Table 1: Torques (continued)", 2, level=1), table(2, MORE))),
    ]
    _, draft = chunk(pages, WordTokenizer())
    assert draft.content.startswith(
        "Table 1: Torques (continued)\n(in newton metres)\n| Part | Torque |\n|-|-|\n| Washer |"
    )


def test_a_title_within_a_table_stands_above_its_rest_on_the_next_page_too() -> None:
    titled = (("Torques ($ in millions)", ""), *TORQUES)
    number = Block("paragraph", "62", 1)
    again = (TORQUES[0], *MORE)
    pages = [Page(1, (table(1, titled), number)), Page(2, (table(2, again),))]
    draft = list(chunk(pages, WordTokenizer()))[-1]
    assert draft.content.startswith("Torques ($ in millions)\n| Part | Torque |\n|-|-|\n| Washer")
    assert [each.page for each in draft.sentences] == [1, 2, 2, 2]
