"""Tables on PDF pages, with and without ruling lines, and content that only looks like a table."""

from __future__ import annotations

import pytest

from services.extractor.document import Box
from services.extractor.layout.cell_words import Word
from services.extractor.layout.lines import Line, rows_of
from services.extractor.layout.ruled_grids import Grid, grids
from services.extractor.layout.ruled_tables import Cells, fill
from services.extractor.layout.text_tables import split_tables

XS, YS = (0.0, 100.0, 200.0, 300.0), (0.0, 20.0, 40.0, 60.0)


def word(text: str, column: int, row: float) -> Word:
    x, y = 10 + 100 * column, 5 + 20 * row
    return Word(text, (x, y, x + 30, y + 10))


WORDS = [word(f"{row}{column}", column, row) for row in range(3) for column in range(3)]
FULL = (("00", "01", "02"), ("10", "11", "12"), ("20", "21", "22"))


def across(y: float, x0: float = 0, x1: float = 300) -> Box:
    return (x0, y - 0.5, x1, y + 0.5)


def down(x: float, y0: float = 0, y1: float = 60) -> Box:
    return (x - 0.5, y0, x + 0.5, y1)


def table(shapes: list[Box], words: list[Word]) -> Cells:
    found = grids(shapes)
    return fill(found[0], words).cells if found else ()


def test_a_full_grid_is_a_table() -> None:
    assert table([across(y) for y in YS] + [down(x) for x in XS], WORDS) == FULL


def test_a_grid_of_boxes_is_a_table() -> None:
    boxes = [(x, y, x + 100, y + 20) for x in XS[:-1] for y in YS[:-1]]
    assert table(boxes, WORDS) == FULL


def test_lines_in_pieces_and_slightly_skewed_form_a_table() -> None:
    pieces = [across(y + 0.8 * (x > 0), x, x + 99) for y in YS for x in XS[:-1]]
    assert table(pieces + [down(x) for x in XS], WORDS) == FULL


def test_a_table_without_side_lines_is_read() -> None:
    assert table([across(y) for y in YS] + [down(100), down(200)], WORDS) == FULL


def test_a_cell_across_the_whole_table_is_written_once() -> None:
    shapes = [across(y) for y in YS]
    shapes += [down(0), down(300), down(100, 20), down(200, 20)]
    words = [Word("wide", (120, 5, 160, 15)), *WORDS[3:]]
    assert table(shapes, words) == (("wide", "", ""), *FULL[1:])


def test_a_merged_name_is_written_in_all_its_rows_and_columns() -> None:
    shapes = [across(0), across(60), across(20, 100), across(40), down(0), down(100), down(300)]
    words = [word("Part", 0, 0.5), word("Length", 1, 0), *WORDS[4:]]
    assert table([*shapes, down(200, 20)], words) == (
        ("Part", "Length", "Length"),
        ("Part", "11", "12"),
        FULL[2],
    )


def test_a_value_across_two_columns_is_written_once() -> None:
    shapes = [across(y) for y in YS] + [down(0), down(100), down(300), down(200, 20)]
    words = [word("Sold", 0, 0), word("46", 1, 0), *WORDS[3:]]
    assert table(shapes, words)[0] == ("Sold", "46", "")


def head_only(*lines: tuple[str, ...]) -> Cells:
    """Return a table whose columns are ruled off in its first row alone."""
    height = 40 + 10 * len(lines)
    shapes = [across(0), across(20), across(height), down(0, 0, height), down(300, 0, height)]
    words = [*WORDS[:3]]
    for at, line in enumerate(lines):
        for column, text in enumerate(line):
            x, y = 10 + 100 * column, 30 + 10 * at
            words += [Word(text, (x, y, x + 6 * len(text), y + 8))] if text else []
    return table([*shapes, down(100, 0, 20), down(200, 0, 20)], words)


def test_rows_and_columns_below_a_ruled_head_begin_at_the_baselines_of_values() -> None:
    assert head_only(
        ("A1", "air fare", "920.68"),
        ("", "to Rome", ""),
        ("A2", "train fare", "70.00"),
        ("A3", "air fare", "411.49"),
        ("", "to a far town", ""),
        ("A4", "bus", "9.50"),
    ) == (
        FULL[0],
        ("A1", "air fare to Rome", "920.68"),
        ("A2", "train fare", "70.00"),
        ("A3", "air fare to a far town", "411.49"),
        ("A4", "bus", "9.50"),
    )


def test_text_printed_over_the_edge_of_a_cell_stays_in_its_cell() -> None:
    long = [
        Word(text, (10 + 40 * at, 25, 47 + 40 * at, 35))
        for at, text in enumerate(["aa", "bb", "cc"])
    ]
    cells = table([across(y) for y in YS] + [down(x) for x in XS], [*WORDS[:3], *long, *WORDS[6:]])
    assert cells[1] == ("aa bb cc", "", "")


def test_frames_around_parts_of_a_sentence_are_no_table() -> None:
    sentence = ["For more see", "Leases in", "the notes"]
    words = [
        Word(part, (2 + 100 * column, 5 + 20 * row, 99 + 100 * column, 15 + 20 * row))
        for row in range(3)
        for column, part in enumerate(sentence)
    ]
    assert table([across(y) for y in YS] + [down(x) for x in XS], words) == ()


def test_rows_without_ruling_lines_are_split_by_their_text() -> None:
    shapes = [across(y) for y in (0, 20, 100)] + [down(x, 0, 100) for x in XS]
    words = [word(f"{row}{column}", column, row) for row in range(5) for column in range(3)]
    cells = table(shapes, words)
    assert len(cells) == 5
    assert cells[4] == ("40", "41", "42")


def test_a_wrapped_cell_is_one_cell() -> None:
    shapes = [across(y) for y in (0, 40, 80, 120, 160)] + [down(x, 0, 160) for x in XS[:3]]
    words = [word(f"a{row}", 0, 2 * row) for row in range(4)]
    words += [word(part, 1, 2 * row + half) for row in range(4) for half, part in enumerate("xy")]
    assert table(shapes, words) == tuple((f"a{row}", "x y") for row in range(4))


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        ([(0, 0, 300, 60)], WORDS),
        ([across(y) for y in YS], WORDS),
        ([across(y) for y in YS] + [down(x) for x in XS], WORDS[:2]),
        ([], WORDS),
    ],
    ids=["a frame", "lines across only", "hardly any words", "no lines"],
)
def test_lines_without_a_grid_or_without_words_are_not_a_table(
    shapes: list[Box], words: list[Word]
) -> None:
    assert table(shapes, words) == ()


def test_a_page_with_too_many_lines_has_no_table() -> None:
    assert grids([across(y / 10) for y in range(5_000)]) == []


def test_columns_of_a_right_to_left_table_are_read_from_the_right() -> None:
    words = [word("الاسم", 2, 0), word("العدد", 1, 0), word("النوع", 0, 0), *WORDS[3:]]
    cells = table([across(y) for y in YS] + [down(x) for x in XS], words)
    assert cells[0] == ("الاسم", "العدد", "النوع")


def test_grids_that_do_not_touch_are_separate() -> None:
    def shifted(by: float) -> list[Box]:
        shapes = [across(y) for y in YS] + [down(x) for x in XS]
        return [(x0, y0 + by, x1, y1 + by) for x0, y0, x1, y1 in shapes]

    found = grids(shifted(300) + shifted(0))
    assert [grid.box[1] for grid in found] == [0, 300]
    assert all(isinstance(grid, Grid) for grid in found)


def rows(*texts: tuple[str, ...], xs: tuple[float, ...] = (50, 200, 300, 400)) -> list[Line]:
    return [
        Line(text, x, 100 + 12 * row, x + 5 * len(text), 110 + 12 * row, size=10)
        for row, cells in enumerate(texts)
        for text, x in zip(cells, xs, strict=False)
        if text
    ]


def cells_of(lines: list[Line]) -> list[Cells]:
    return [cells for _, cells in split_tables(rows_of(lines)) if cells]


FIGURES = (
    ("", "2023", "2022", "2021"),
    ("Revenue", "46,298", "51,761", "47,262"),
    ("Gross profit", "9,912", "11,640", "10,573"),
    ("Net earnings", "1,419", "2,454", "1,798"),
)


def test_aligned_figures_are_a_table() -> None:
    assert cells_of(rows(*FIGURES)) == [FIGURES]


def test_a_row_with_a_label_only_belongs_to_the_table() -> None:
    lines = rows(*FIGURES[:3], ("Domestic segment",), *FIGURES[3:])
    (cells,) = cells_of(lines)
    assert cells[3] == ("Domestic segment", "", "", "")


def test_currency_signs_are_joined_with_their_figures() -> None:
    texts = [("Revenue", "$", "46,298"), ("Profit", "$", "9,912"), ("Net", "$", "1,419")]
    (cells,) = cells_of(rows(*texts, xs=(50, 200, 220)))
    assert cells[0] == ("Revenue", "$ 46,298")


def test_text_around_a_table_stays_text() -> None:
    note = "a note of many plain words that runs on below the table over most of its whole width"
    lines = rows(*FIGURES, (note,))
    stretches = list(split_tables(rows_of(lines)))
    assert [bool(cells) for _, cells in stretches] == [True, False]
    assert stretches[1][0][0].text == note


@pytest.mark.parametrize(
    "texts",
    [
        [("•", "one item of a list"), ("•", "another item"), ("•", "a third")],
        [("1", "it is so ordered by"), ("2", "the court of this"), ("3", "great state")],
        [("Scope ......", "1"), ("Terms ......", "2"), ("Duties ......", "3")],
        [("plain words", "more words"), ("plain words", "more words")],
    ],
    ids=["a list", "numbered lines", "a table of contents", "two rows"],
)
def test_lists_and_contents_are_not_tables(texts: list[tuple[str, ...]]) -> None:
    assert cells_of(rows(*texts)) == []
