"""Which pages are plain prose, so that no columns are searched for."""

from __future__ import annotations

from services.extractor.layout.lines import Line
from services.extractor.layout.reading_order import is_plain
from services.extractor.layout.ruled_grids import covers


def line(text: str, x: float, y: float, right: float) -> Line:
    return Line(text, x, y, right, y + 10, size=10)


PROSE = [
    line("these are quite ordinary words of prose", 50, 100 + 12 * row, 500) for row in range(9)
]


def test_a_page_of_one_column_is_plain_though_its_lines_are_drawn_in_pieces() -> None:
    assert is_plain(PROSE)
    pieces = [line("a word in", 50, 60, 100), line("italics", 103, 60.5, 140)]
    assert is_plain([*pieces, *PROSE])


def test_lines_that_a_gutter_parts_or_that_stand_across_others_are_not_plain() -> None:
    assert not is_plain([*PROSE, line("beside", 520, 124, 560)])
    assert not is_plain([*PROSE, line("between two lines", 510, 130, 560)])
    assert not is_plain([*PROSE, line("drawn twice", 52, 124, 120)])


def test_a_stretch_covers_what_lies_on_it_or_near_its_ends() -> None:
    assert covers([(0, 10), (40, 50)], [5, 12.5, 20, 38, 60]) == [True, True, False, True, False]
    assert covers([], [5]) == [False]
