"""Running headers and footers, page numbers and line numbers, from positions alone."""

from __future__ import annotations

import pytest

from services.extractor.layout.line_numbers import without_line_numbers
from services.extractor.layout.lines import Line
from services.extractor.layout.margins import without_margins
from services.extractor.layout.page_layout import PageLayout


def line(text: str, x: float, y: float, width: float = 200) -> Line:
    return Line(text, x, y, x + width, y + 10, size=10)


def layout(number: int, *lines: Line) -> PageLayout:
    return PageLayout(number, 600, 800, list(lines))


def running(count: int) -> list[list[str]]:
    layouts = [
        layout(
            number,
            line("Annual Report", 50, 20),
            line(f"body {number}", 50, 400),
            line(f"Page {number} of {count}", 50, 780),
        )
        for number in range(1, count + 1)
    ]
    return [[line.text for line in layout.lines] for layout in without_margins(layouts)]


def test_running_lines_are_kept_once_and_page_numbers_are_dropped() -> None:
    assert running(12) == [
        ["Annual Report", "body 1"],
        *([f"body {number}"] for number in range(2, 13)),
    ]


def test_lines_repeated_on_two_pages_only_are_kept() -> None:
    assert all(len(lines) == 3 for lines in running(2))


def test_different_lines_in_the_margin_are_kept() -> None:
    layouts = [layout(n, line(name, 50, 20)) for n, name in enumerate(("Iron", "Tin", "Lead"), 1)]
    assert all(layout.lines for layout in without_margins(layouts))


TITLES = ("Iron", "Iron", "Tin", "Tin", "Tin", "Lead")


def test_titles_of_sections_beside_page_numbers_are_asides_and_kept_once() -> None:
    layouts = [
        layout(
            number,
            line(title, 50, 20),
            line(str(number + 12), 500, 20, 10),
            line("These are ordinary words.", 50, 300),
        )
        for number, title in enumerate(TITLES, start=1)
    ]
    read = list(without_margins(layouts))
    asides = [line.text for page in read for line in page.lines if line.aside]
    assert asides == ["Iron", "Tin", "Lead"]
    assert [len(page.lines) for page in read] == [2, 1, 2, 1, 1, 2]


def test_roman_numbers_count_pages_too() -> None:
    layouts = [
        layout(number, line(f"{roman} Preface", 50, 20), line(f"Words of page {number}.", 50, 300))
        for number, roman in enumerate(("xiii", "xiv", "xv", "xvi"), start=13)
    ]
    read = [
        [line.text for line in page.lines if not line.aside] for page in without_margins(layouts)
    ]
    assert read == [[f"Words of page {number}."] for number in range(13, 17)]
    assert [sum(line.aside for line in page.lines) for page in layouts] == [1, 0, 0, 0]


def test_numbers_that_do_not_count_the_pages_leave_their_row() -> None:
    layouts = [
        layout(number, line("Section", 50, 20), line(str(value), 500, 20, 10))
        for number, value in enumerate((7, 3, 90), start=1)
    ]
    rows = [[line.text for line in page.lines] for page in without_margins(layouts[:2])]
    assert rows == [["Section", "7"], ["Section", "3"]]


def test_a_stamp_along_the_margin_of_each_page_is_kept_once() -> None:
    layouts = [layout(number, line(f"body {number}", 50, 400)) for number in range(1, 8)]
    for page in layouts:
        page.rotated_lines = [line("printed by jb", 5, 300)]
    assert [len(page.rotated_lines) for page in without_margins(layouts)] == [1, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(("number_x", "text_x"), [(50, 80), (500, 80)])
def test_numbers_of_lines_are_no_part_of_the_text(number_x: float, text_x: float) -> None:
    numbers = [line(str(n), number_x, 100 + 24 * n, 8) for n in range(1, 26)]
    text = [line("Good morning, counsel.", text_x, 100 + 24 * n) for n in range(1, 26)]
    assert without_line_numbers([*numbers, *text]) == text


@pytest.mark.parametrize(
    "numbers",
    [
        [str(n) for n in (4, 9, 1, 7, 5, 12, 3, 8, 2, 6)],
        [str(n) for n in range(1, 7)],
    ],
)
def test_other_columns_of_numbers_stay(numbers: list[str]) -> None:
    column = [line(number, 50, 100 + 24 * at, 8) for at, number in enumerate(numbers)]
    text = [line("Bolts of steel", 80, 100 + 24 * at) for at in range(len(numbers))]
    assert without_line_numbers([*column, *text]) == [*column, *text]


def test_numbers_beside_the_cells_of_a_table_stay() -> None:
    lines = [
        line(text, x, 100 + 24 * n, 30)
        for n in range(1, 12)
        for text, x in ((str(n), 50), ("Bolt", 100), ("12", 200), ("7.5", 300))
    ]
    assert without_line_numbers(lines) == lines


def test_a_running_line_of_a_single_page_is_told_by_the_number_far_beside_it() -> None:
    head = [line("A study of tables", 150, 20, 150), line("9", 480, 20, 6)]
    (read,) = without_margins([layout(9, *head, line("order to compute it", 50, 90))])
    assert [(each.text, each.aside) for each in read.lines] == [
        ("A study of tables", True),
        ("9", True),
        ("order to compute it", False),
    ]


def test_a_numbered_title_at_the_top_of_a_single_page_stays() -> None:
    head = [line("9", 50, 20, 6), line("A study of tables", 62, 20, 150)]
    (read,) = without_margins([layout(9, *head, line("order to compute it", 50, 90))])
    assert [each.aside for each in read.lines] == [False, False, False]


def test_numbers_at_one_height_are_those_of_pages_taken_from_a_longer_file() -> None:
    layouts = [
        layout(at, line(f"Words of page {number}.", 50, 300), line(number, 500, 770, 12))
        for at, number in enumerate(("xi", "1", "15 ", "77"), start=1)
    ]
    read = [[each.text for each in page.lines] for page in without_margins(layouts)]
    assert read == [[f"Words of page {number}."] for number in ("xi", "1", "15 ", "77")]


@pytest.mark.parametrize(
    ("label", "number", "y"), [("Invoice number", "10045", 20), ("Total of all items", "500", 780)]
)
def test_a_number_of_a_single_page_is_never_lost(label: str, number: str, y: float) -> None:
    row = [line(label, 50, y, 100), line(number, 480, y, 30)]
    (read,) = without_margins([layout(1, *row, line("Pump, repaired", 50, 300))])
    assert {label, number} <= {each.text for each in read.lines}
