"""Signs in columns of their own belong to the numbers beside them."""

from __future__ import annotations

import pytest

from services.extractor.chunking.chunker import chunk
from services.extractor.document import Block, Page
from services.extractor.layout.affixes import join_affixes
from tests.support.readers import WordTokenizer

Rows = tuple[tuple[str, ...], ...]


@pytest.mark.parametrize(
    ("rows", "joined"),
    [
        (
            (
                ("", "2023", "", "2022", ""),
                ("Sales", "$", "12", "$", "9"),
                ("Costs", "", "3", "", "-"),
            ),
            (("", "2023", "2022"), ("Sales", "$ 12", "$ 9"), ("Costs", "3", "-")),
        ),
        (
            (("", "", "2023"), ("Sales", "$", "12"), ("Basic", "7", "")),
            (("", "2023"), ("Sales", "$ 12"), ("Basic", "7")),
        ),
        (
            (("Share", "2023", ""), ("Sales", "21.3", "%"), ("Costs", "(10.5", ")%")),
            (("Share", "2023"), ("Sales", "21.3 %"), ("Costs", "(10.5)%")),
        ),
        (
            (("Segment", "2023", "", ""), ("Sales", "$", "12", ""), ("Change", "", "5", "%")),
            (("Segment", "2023"), ("Sales", "$ 12"), ("Change", "5 %")),
        ),
        (
            (("", "2023", ""), ("Sales", "$", "1,250"), ("Costs", "1,000", ""), ("Net", "—", "")),
            (("", "2023"), ("Sales", "$ 1,250"), ("Costs", "1,000"), ("Net", "—")),
        ),
        (
            (("Share", "2023", "", ""), ("Sales", "$", "9", ""), ("Of all", "", "3", "%")),
            (("Share", "2023"), ("Sales", "$ 9"), ("Of all", "3 %")),
        ),
        (
            (("", "Stores", "", "Sold"), ("North", "", "12", "1"), ("South", "", "7", "2")),
            (("", "Stores", "Sold"), ("North", "12", "1"), ("South", "7", "2")),
        ),
    ],
)
def test_columns_of_signs_are_joined_to_their_numbers(rows: Rows, joined: Rows) -> None:
    assert join_affixes(rows) == joined


@pytest.mark.parametrize(
    "rows",
    [
        (("Part", "Price", "Weight"), ("bolt", "$ 2", "3 kg"), ("nut", "$ 1", "1 kg")),
        (("Sign", "Unit", "Value"), ("a", "$", "price"), ("b", "%", "share")),
        (("Currency", "$", "12"), ("Amount", "yes", "9")),
        (("$", "12"), ("$", "9")),
        (("Debit", "Credit", "Sum"), ("5", "", "5"), ("", "7", "12")),
        (),
    ],
)
def test_other_columns_stay_apart(rows: Rows) -> None:
    assert join_affixes(rows) == rows


def test_a_chunk_has_the_joined_cells_with_the_boxes_of_their_rows() -> None:
    rows = (("", "2023", ""), ("Sales", "$", "12"), ("Costs", "$", "9"))
    boxes = tuple((0.0, 10.0 * at, 9.0, 10.0 * at + 9) for at in range(3))
    table = Block("table", "", 1, rows=rows, row_boxes=boxes)
    (draft,) = chunk([Page(1, (table,))], WordTokenizer())
    assert draft.content == "|  | 2023 |\n|-|-|\n| Sales | $ 12 |\n| Costs | $ 9 |"
    assert [each.kind for each in draft.sentences] == ["heading", "table_row", "table_row"]
    assert [box[1:] for each in draft.sentences for box in each.boxes] == list(boxes)


def test_a_name_above_a_sign_and_its_number_is_written_once() -> None:
    rows = (("", "2023", "2023"), ("Sales", "$", "12"), ("Costs", "", "9"))
    assert join_affixes(rows) == (("", "2023"), ("Sales", "$ 12"), ("Costs", "9"))
