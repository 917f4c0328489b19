"""Columns of prose that are drawn row by row, and lists that stand side by side."""

from __future__ import annotations

from services.extractor.layout.columns import are_side_by_side, as_drawn
from services.extractor.layout.lines import Line, rows_of
from services.extractor.layout.reading_order import reading_order

LEFT = (
    "This part shows the learner",
    "the principles of products and",
    "of their quality.",
    "It then shows the four steps",
    "of development in the plan",
    "and who is involved in it.",
    "Each step has a budget and",
    "a plan of its own resources",
)
RIGHT = (
    "Roles of the design team are",
    "shown in detail, and so is",
    "the way to test a prototype",
    "that was made from the idea",
    "of the step before this one.",
    "A challenge may arise while",
    "the design is being made,",
    "as well as after that phase.",
)


def line(text: str, x: float, row: float, order: int) -> Line:
    return Line(text, x, 100 + 12 * row, x + 200, 110 + 12 * row, size=10, order=order)


def side(texts: tuple[str, ...], x: float, first: int) -> list[Line]:
    return [line(text, x, row, first + 2 * row) for row, text in enumerate(texts)]


def test_prose_drawn_row_by_row_is_read_column_by_column() -> None:
    left, right = side(LEFT, 50, 0), side(RIGHT, 300, 1)
    assert are_side_by_side(left, right, 10)
    read = [line.text for flow in reading_order([*left, *right]) for line in flow]
    assert read == [*LEFT, *RIGHT]


def test_wrapped_cells_of_a_table_begin_on_common_baselines() -> None:
    cells = (
        "A cell of the table that is",
        "wrapped to a second line.",
        "Another cell of it that is",
    )
    texts = (
        *cells,
        "wrapped to two lines too.",
        "The last cell of it is one",
        "that wraps as well.",
    )
    assert not are_side_by_side(side(texts, 50, 0), side(texts, 300, 1), 10)


def test_lists_drawn_one_after_the_other_are_read_so() -> None:
    left = [line(f"{n} Entry of the left list", 50, n, n) for n in range(5)]
    right = [line(f"{n} Entry of the right list", 300, n, 10 + n) for n in range(5)]
    groups = as_drawn(rows_of([*left, *right]))
    assert [[row.text for row in group] for group in groups] == [
        [each.text for each in left],
        [each.text for each in right],
    ]


def test_rows_drawn_at_once_stay_rows() -> None:
    rows = rows_of(
        [
            line(text, x, n, 2 * n + at)
            for n in range(5)
            for at, (text, x) in enumerate(((f"Label number {n}", 50), (f"Value {n}", 300)))
        ]
    )
    assert as_drawn(rows) == [rows]
