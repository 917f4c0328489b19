"""Names of columns stand over the columns in whose middle they are printed."""

from __future__ import annotations

import pytest

from services.extractor.layout.lines import Line
from services.extractor.layout.name_groups import Name, names_of, spread

COLUMNS = [(100.0 * at, 100.0 * at + 80) for at in range(7)]


def name(text: str, centre: float, width: float = 30) -> Name:
    return Name(text, centre - width / 2, centre + width / 2)


@pytest.mark.parametrize(
    ("names", "columns", "expected"),
    [
        # One column, then two groups of three.
        ([("2021", 40), ("2022", 240), ("2023", 540)], 7, [0, 1, 1, 1, 2, 2, 2]),
        # Two groups of two, whose names stand over the gap.
        ([("Quarter", 90), ("Year", 290)], 4, [0, 0, 1, 1]),
        # The first line of the name of every second column.
        ([("Gross", 140), ("Gross", 340)], 4, [None, 0, None, 1]),
        ([("Estimated", 140), ("Estimated", 340), ("Net", 540)], 6, [None, 0, None, 1, None, 2]),
        # A unit stands over all columns, wherever it is printed.
        ([("(in millions)", 240)], 4, [0, 0, 0, 0]),
        ([("Total", 640)], 7, [None] * 6 + [0]),
        ([("Beside", 900)], 7, [None] * 7),
        ([], 2, [None, None]),
    ],
)
def test_names_stand_over_their_columns(
    names: list[tuple[str, float]], columns: int, expected: list[int | None]
) -> None:
    assert spread([name(*each) for each in names], COLUMNS[:columns]) == expected


def test_a_wide_name_covers_the_columns_below_it_and_leaves_those_of_row_names() -> None:
    found = spread([name("Gain (loss) recognised", 440, 200)], COLUMNS[:6])
    assert found == [None, None, None, 0, 0, 0]


def test_lines_above_each_other_are_one_name() -> None:
    lines = [
        Line("Equity", 210, 12, 240, 22, size=9),
        Line("Total", 212, 0, 236, 10, size=9),
        Line("Shares", 100, 6, 140, 16, size=9),
    ]
    assert [each.text for each in names_of(lines)] == ["Shares", "Total Equity"]
