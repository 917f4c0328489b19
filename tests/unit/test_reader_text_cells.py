"""Cells of tables without lines: wrapped cells are joined, close numbers are split."""

from __future__ import annotations

import pytest

from services.extractor.layout.lines import Line, Row, rows_of
from services.extractor.layout.text_cells import join_wrapped, name_columns, split_numbers
from services.extractor.layout.text_tables import split_tables

SPANS = [(0.0, 100.0), (100.0, 150.0), (150.0, 200.0), (200.0, 250.0)]


def row(*places: tuple[str, float, float]) -> Row:
    return Row([Line(text, x0, 0, x1, 10, size=9) for text, x0, x1 in places])


def test_a_name_over_several_columns_stands_in_all_of_them() -> None:
    rows = [row(("Sold", 120, 180), ("Kept", 210, 240)), row(), row()]
    cells = [["", "Sold", "", "Kept"], ["", "2022", "2023", "2023"], ["North", "1", "2", "3"]]
    assert name_columns(cells, rows, SPANS)[0] == ["", "Sold", "Sold", "Kept"]


def test_a_column_without_a_name_below_gets_none_from_above() -> None:
    rows = [row(("Sold", 120, 180)), row(), row()]
    cells = [["", "Sold", "", ""], ["", "2022", "", "2023"], ["North", "1", "2", "3"]]
    assert name_columns(cells, rows, SPANS)[0] == ["", "Sold", "", ""]


def test_a_row_in_lower_case_continues_the_one_above() -> None:
    cells = [["Inhibitor", "Rate"], ["concentration (g)", ""], ["Zinc", "2"]]
    assert join_wrapped(cells) == ([["Inhibitor concentration (g)", "Rate"], ["Zinc", "2"]], [0, 2])


@pytest.mark.parametrize(
    "cells",
    [
        [["ladder", "hay loft"], ["lantern", "boat house"]],
        [["Ladder", ""], ["lantern", "boat house"]],
        [["Ladder", "12"], ["lantern", "9"]],
    ],
)
def test_entries_in_lower_case_are_rows_of_their_own(cells: list[list[str]]) -> None:
    assert join_wrapped(cells)[1] == [0, 1]


def test_values_printed_as_one_text_are_split_into_columns() -> None:
    cells = [
        ["", "Accuracy"],
        ["Model", "Top-1 Top-5"],
        ["NLL", "44.9 66.8"],
        ["DP", "41.6 65.0"],
        ["Gold", "51.1 69.1"],
    ]
    assert split_numbers(cells) == [
        ["", "Accuracy", "Accuracy"],
        ["Model", "Top-1", "Top-5"],
        ["NLL", "44.9", "66.8"],
        ["DP", "41.6", "65.0"],
        ["Gold", "51.1", "69.1"],
    ]


@pytest.mark.parametrize("values", [("12 500", "13 750", "9 100"), ("4.5 1.2", "3.1", "2.2")])
def test_thousands_and_single_pairs_are_not_split(values: tuple[str, ...]) -> None:
    cells = [["Part", "Sold"], *([f"P{at}", value] for at, value in enumerate(values))]
    assert split_numbers(cells) == cells


def test_a_wrapped_row_of_a_table_is_one_row_with_one_box() -> None:
    printed = [("Part", "Length"), ("number", ""), ("A1", "12"), ("A2", "9"), ("A3", "7")]
    lines = [
        Line(text, 10 + 100 * column, 12.0 * at, 60 + 100 * column, 12.0 * at + 10, size=9)
        for at, texts in enumerate(printed)
        for column, text in enumerate(texts)
        if text
    ]
    ((rows, cells),) = split_tables(rows_of(lines))
    assert cells == (("Part number", "Length"), ("A1", "12"), ("A2", "9"), ("A3", "7"))
    assert rows[0].box == (10, 0, 160, 22)
