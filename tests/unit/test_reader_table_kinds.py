"""Tables of papers and reports: columns and rows without lines, wrapped cells, and no tables."""

from __future__ import annotations

import pytest

from services.extractor.document import Box
from services.extractor.layout.cell_words import Word, without_leaders
from services.extractor.layout.false_tables import is_chart, is_drawing, is_formula, is_frame
from services.extractor.layout.lines import Line, rows_of
from services.extractor.layout.ruled_grids import grids, widen
from services.extractor.layout.ruled_tables import Cells, fill
from services.extractor.layout.text_tables import split_tables

WIDTH = 40.0


def across(y: float, x1: float = 300) -> Box:
    return (0, y - 0.5, x1, y + 0.5)


def down(x: float, bottom: float) -> Box:
    return (x - 0.5, 0, x + 0.5, bottom)


def words(*lines: tuple[float, dict[float, str]]) -> list[Word]:
    """Return words by the top of their line and their left, six points wide a letter."""
    return [
        Word(part, (x + 6 * at, y, x + 6 * at + 6 * len(part) - 1, y + 9))
        for y, places in lines
        for x, text in places.items()
        for at, part in _parts(text)
    ]


def _parts(text: str) -> list[tuple[int, str]]:
    found, at = [], 0
    for part in text.split(" "):
        found.append((at, part))
        at += len(part) + 1
    return found


def table(shapes: list[Box], held: list[Word]) -> Cells:
    (grid,) = grids(shapes)
    return fill(grid, held).cells


def test_columns_without_lines_in_a_ruled_one_are_read_with_the_name_of_their_group() -> None:
    shapes = [across(y) for y in (0, 30, 45, 80)] + [down(x, 80) for x in (0, 100, 300)]
    held = words(
        (4, {5: "Model", 180: "Top-20"}),
        (17, {110: "NQ", 170: "WQ", 240: "TREC"}),
        (34, {5: "BM25", 110: "59.1", 170: "55.0", 240: "70.9"}),
        (50, {5: "DPR", 110: "78.4", 170: "73.2", 240: "79.8"}),
        (64, {5: "Both", 110: "76.6", 170: "71.0", 240: "85.2"}),
    )
    assert table(shapes, held) == (
        ("Model", "Top-20", "Top-20", "Top-20"),
        ("Model", "NQ", "WQ", "TREC"),
        ("BM25", "59.1", "55.0", "70.9"),
        ("DPR", "78.4", "73.2", "79.8"),
        ("Both", "76.6", "71.0", "85.2"),
    )


def test_rows_with_numbers_in_the_same_columns_are_parted_and_wrapped_lines_are_not() -> None:
    shapes = [across(y) for y in (0, 20, 80)] + [down(x, 80) for x in (0, 100, 200, 300)]
    held = words(
        (5, {5: "Action", 105: "Labour", 205: "Cost"}),
        (24, {5: "Wiring", 105: "79 hours at", 205: "$ 90"}),
        (36, {105: "most"}),
        (48, {5: "Test", 105: "40 hours", 205: "$ 30"}),
        (60, {105: "exactly"}),
    )
    assert table(shapes, held)[1:] == (
        ("Wiring", "79 hours at most", "$ 90"),
        ("Test", "40 hours exactly", "$ 30"),
    )


def test_shades_of_paragraphs_in_cells_part_no_rows() -> None:
    shapes = [across(y) for y in (0, 20, 60, 80)] + [down(x, 80) for x in (0, 150, 300)]
    shades = [(6.0, 22.0, 144.0, 36.0), (6.0, 36.0, 144.0, 52.0)]
    held = words(
        (5, {8: "Name", 160: "Value"}),
        (25, {8: "The price after", 160: "12"}),
        (40, {8: "acceptance"}),
        (65, {8: "Date", 160: "2024"}),
    )
    assert table(shapes + shades, held)[1] == ("The price after acceptance", "12")


def test_a_last_column_beside_the_shades_belongs_to_the_table() -> None:
    shapes = [across(y, 200) for y in (0, 20, 40, 60)] + [down(x, 60) for x in (0, 100, 200)]
    (grid,) = grids(shapes)
    beside = [Line(f"{at}.50", 240, 20.0 * at + 5, 270, 20.0 * at + 14) for at in range(3)]
    widen(grid, beside)
    assert grid.box[2] > 270
    widen(grid, [Line("see note 3", 290, 5, 340, 14)])
    assert grid.box[2] < 290


def lines_of(*rows: tuple[str, ...], tops: list[float] | None = None) -> list[Line]:
    return [
        Line(text, 10 + 120 * column, top, 10 + 120 * column + 5 * len(text), top + 10, size=9)
        for (top, texts) in zip(tops or [12.0 * at for at in range(len(rows))], rows, strict=True)
        for column, text in enumerate(texts)
        if text
    ]


def cells_of(lines: list[Line]) -> list[Cells]:
    return [cells for _, cells in split_tables(rows_of(lines)) if cells]


def test_a_caption_below_ends_a_table() -> None:
    rows = [("Kind", "N"), ("Gold", "7"), ("Random", "9"), ("Both", "31")]
    caption = Line("Table 3: Kinds of passages and their number in all sets.", 10, 48, 290, 58, 9)
    more = Line("N: number", 180, 60, 250, 70, size=9)
    rest = Line("of the development set.", 10, 60, 120, 70, size=9)
    assert cells_of([*lines_of(*rows), caption, rest, more]) == [tuple(rows)]


def test_white_space_parts_rows_whose_cells_are_wrapped() -> None:
    rows = [
        ("Status", "Meaning"),
        ("Open", "Nobody has looked"),
        ("", "At the report"),
        ("Closed", "The cause is known"),
        ("", "And removed"),
        ("Late", "No answer in time"),
    ]
    tops = [0.0, 18.0, 29.0, 47.0, 58.0, 76.0]
    lines = lines_of(*((*row, "x" if row[0] else "") for row in rows), tops=tops)
    ((_, first, second, third),) = cells_of(lines)
    assert first == ("Open", "Nobody has looked At the report", "x")
    assert second == ("Closed", "The cause is known And removed", "x")
    assert third == ("Late", "No answer in time", "x")


def test_a_name_between_two_rows_belongs_to_both() -> None:
    rows = [("", "Dev", "Test"), ("", "41.5", "24.1"), ("", "38.8", "35.8"), ("", "40.2", "30.0")]
    group = Line("Multi", 10, 18, 40, 28, size=9)
    ((_, one, two, _),) = cells_of([*lines_of(*rows), group])
    assert (one[0], two[0]) == ("Multi", "Multi")


def test_lines_of_names_are_joined_and_names_of_groups_stand_in_all_columns() -> None:
    rows = [
        ("", "Total", "Total"),
        ("", "at end", "at start"),
        ("North", "12", "9"),
        ("South", "7", "5"),
    ]
    assert cells_of(lines_of(*rows, tops=[0.0, 11.0, 30.0, 44.0]))[0][0] == (
        "",
        "Total at end",
        "Total at start",
    )


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Sterling Drug, Inc ...............", "Sterling Drug, Inc"),
        ("Revisions . . . . .", "Revisions"),
        ("verification ..", "verification"),
        ("and so on...", "and so on..."),
        ("No. 5", "No. 5"),
    ],
)
def test_dots_that_lead_to_the_next_cell_are_dropped(text: str, bare: str) -> None:
    assert without_leaders(text) == bare


def test_drawings_charts_formulas_and_frames_are_no_tables() -> None:
    assert is_chart([["40", "", "0.4"], ["30", "", "0.3"], ["20", "", ""], ["", "1990", ""]])
    assert not is_chart([["40", "12", "0.4"], ["30", "17", "0.3"], ["20", "19", "0.2"]])
    assert is_formula([["x ≤ 1", "falls"], ["y ∈ I", ""]])
    assert not is_formula([["p = .05", "yes"], ["p = .01", "no"]])
    assert is_drawing([["-4", "2"], ["X", "g1"]])
    assert not is_drawing([["Bolt", "2"], ["Nut", "3"]])
    assert is_frame([["word " * 150, ""], ["", "Left"]])
    assert not is_frame([["word " * 150, "1"], *([["Name", "2"]] * 4)])
