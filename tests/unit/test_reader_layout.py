"""Reading order, paragraphs and running lines, from positions alone."""

from __future__ import annotations

import pytest

from services.extractor.document import Box
from services.extractor.layout.blocks import blocks_of
from services.extractor.layout.headings import Headings
from services.extractor.layout.lines import Line, rows_of
from services.extractor.layout.page_layout import PageLayout, quarters_of, turn
from services.extractor.layout.paragraphs import paragraphs
from services.extractor.layout.reading_order import reading_order
from services.extractor.layout.script import (
    false_spaces,
    missing_spaces,
    spelled_order,
    strayed_marks,
)

PROSE = "these are quite ordinary words of prose"


def line(text: str, x: float, y: float, width: float = 200, **more: object) -> Line:
    return Line(text, x, y, x + width, y + 10, size=10, **more)  # type: ignore[arg-type]


def column(name: str, x: float, top: float, count: int, order: int = 0) -> list[Line]:
    return [
        line(f"{name}{row} {PROSE}", x, top + 12 * row, order=order + row) for row in range(count)
    ]


def order_of(lines: list[Line]) -> str:
    return " ".join(line.text.split()[0] for flow in reading_order(lines) for line in flow)


def test_two_columns_are_read_one_after_the_other() -> None:
    lines = column("l", 50, 100, 5) + column("r", 270, 100, 5, order=5)
    assert order_of(lines) == "l0 l1 l2 l3 l4 r0 r1 r2 r3 r4"


def test_three_columns_with_unaligned_lines_are_read_in_order() -> None:
    lines = column("a", 50, 100, 4) + column("b", 270, 103, 4, 4) + column("c", 490, 98, 4, 8)
    assert order_of(lines) == "a0 a1 a2 a3 b0 b1 b2 b3 c0 c1 c2 c3"


def test_a_title_above_and_a_figure_between_columns_keep_their_order() -> None:
    lines = [
        line(f"title {PROSE}", 50, 60, 420),
        *column("l", 50, 100, 4, 1),
        *column("r", 270, 100, 4, 5),
        line(f"figure {PROSE}", 50, 160, 420, order=9),
        *column("m", 50, 200, 4, 10),
        *column("s", 270, 200, 4, 14),
    ]
    expected = "title l0 l1 l2 l3 r0 r1 r2 r3 figure m0 m1 m2 m3 s0 s1 s2 s3"
    assert order_of(lines) == expected


def test_rows_of_a_table_are_not_taken_for_columns() -> None:
    lines = [
        line(text, x, 100 + 12 * row, 60, order=2 * row + side)
        for row in range(6)
        for side, (text, x) in enumerate((("Bolt", 50), ("12 Nm", 270)))
    ]
    (flow,) = reading_order(lines)
    assert len(flow) == 12


def test_columns_of_a_right_to_left_script_are_read_from_the_right() -> None:
    words = "هذه كلمات عادية من النثر العربي"
    lines = [line(f"{words} {x} {row}", x, 100 + 12 * row) for x in (50, 270) for row in range(4)]
    first = reading_order(lines)[0][0]
    assert first.x0 == 270


def test_fragments_of_one_line_are_joined_in_reading_direction() -> None:
    latin = rows_of([line("two", 80, 10, 30), line("one", 40, 11, 30)])
    arabic = rows_of([line("واحد", 80, 10, 30), line("اثنان", 40, 11, 30)])
    assert [row.text for row in (*latin, *arabic)] == ["one two", "واحد اثنان"]


def texts(lines: list[Line]) -> list[str]:
    return [paragraph.text for paragraph in paragraphs(rows_of(lines))]


def test_space_and_bullets_separate_paragraphs() -> None:
    lines = [
        line("First line of one", 50, 100),
        line("goes on here.", 50, 112, 90),
        line("Second paragraph after a gap", 50, 136),
        line("• an item", 50, 148),
        line("• another item", 50, 160),
    ]
    assert texts(lines) == [
        "First line of one goes on here.",
        "Second paragraph after a gap",
        "• an item",
        "• another item",
    ]


@pytest.mark.parametrize("step", [12, 17, 24, 30])
def test_line_spacing_of_any_width_does_not_part_a_sentence(step: float) -> None:
    lines = [
        *(line(f"{PROSE} {n} and", 50, 100 + step * n) for n in range(4)),
        line("these are the last ones.", 50, 100 + step * 4, 120),
        line("Another paragraph begins", 50, 100 + step * 5.8),
    ]
    assert [text.count("\n") for text in texts(lines)] == [0, 0]


def test_a_formula_between_widely_set_lines_does_not_part_a_sentence() -> None:
    tops = (100, 112, 124, 144, 156)
    lines = [line(f"{PROSE} and more", 50, top) for top in tops]
    assert len(texts(lines)) == 1


def test_a_displayed_formula_continues_its_sentence() -> None:
    lines = [
        line("The sets are parted because", 50, 100, 150),
        line("d(x, y) > 0", 120, 122, 60),
        line("holds for all of them, as was shown above.", 50, 144),
        line("Another paragraph", 50, 176, 90),
    ]
    assert len(texts(lines)) == 2


def test_an_indented_line_after_a_full_stop_starts_a_paragraph() -> None:
    lines = [
        line("One begins here", 50, 100),
        line("and it ends.", 50, 112),
        line("Two begins", 65, 124),
        line("and goes on", 50, 136),
    ]
    assert texts(lines) == ["One begins here and it ends.", "Two begins and goes on"]


def test_each_line_of_a_paragraph_keeps_its_box() -> None:
    (paragraph,) = paragraphs(rows_of([line("one", 50, 100), line("two", 50, 112)]))
    assert paragraph.line_ends == ((3, (50, 100, 250, 110)), (7, (50, 112, 250, 122)))


def layout(number: int, *lines: Line) -> PageLayout:
    return PageLayout(number, 600, 800, list(lines))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Table 2: Results of the test", "caption"),
        ("Figure 3. The pump", "caption"),
        ("Abbildung 1.2 \u2013 Aufbau", "caption"),
        ("Figure 3 shows the pump.", "paragraph"),
        ("• Figure", "list"),
    ],
)
def test_captions_paragraphs_and_lists_are_recognised(text: str, kind: str) -> None:
    assert blocks_of(layout(1, line(text, 50, 60)), Headings())[0].kind == kind


@pytest.mark.parametrize("quarters", range(4))
def test_rotating_a_box_and_back_restores_it(quarters: int) -> None:
    box = (10.0, 20.0, 60.0, 30.0)
    size = (600.0, 800.0) if quarters % 2 == 0 else (800.0, 600.0)
    assert turn(turn(box, quarters, 600, 800), 4 - quarters, *size) == pytest.approx(box)


@pytest.mark.parametrize(
    ("direction", "quarters"),
    [((1, 0), 0), ((0, -1), 1), ((-1, 0), 2), ((0, 1), 3), ((0.9, -0.4), 0)],
)
def test_quarter_turns_follow_from_the_direction_of_a_line(
    direction: tuple[float, float], quarters: int
) -> None:
    assert quarters_of(direction) == quarters


def test_letters_of_a_ligature_have_reading_order() -> None:
    sign = [("\u0627", (20.0, 0, 25.0, 9)), ("إ", (20.0, 0, 20.0, 9)), ("ل", (13.0, 0, 20.0, 9))]
    assert spelled_order([*sign, ("ن", (8.0, 0, 13.0, 9))]) == "الإن"
    mark = [("ب", (20.0, 0, 25.0, 9)), ("\u064e", (20.0, 0, 20.0, 9)), ("ي", (13.0, 0, 20.0, 9))]
    assert spelled_order(mark) == "ب\u064eي"


def letters(*parts: tuple[str, float, int]) -> list[tuple[str, Box]]:
    """Return letters of 6 points from x on, each in the direction of its part."""
    return [
        (letter, (x + 6 * step * at, 0, x + 6 * step * at + 6, 10))
        for text, x, step in parts
        for at, letter in enumerate(text)
    ]


@pytest.mark.parametrize(
    ("parts", "places"),
    [
        ((("حد", 100, -1), ("50", 79, 1)), [2]),
        ((("50", 100, 1), ("يا", 91, -1)), [2]),
        ((("حد", 100, -1), ("50", 82, 1)), []),
        ((("حد", 100, -1), (" ", 88, 1), ("50", 79, 1)), []),
        ((("حدود", 100, -1),), []),
    ],
)
def test_white_space_beside_a_number_in_arabic_is_a_space(
    parts: tuple[tuple[str, float, int], ...], places: list[int]
) -> None:
    assert missing_spaces(letters(*parts)) == places


def test_a_space_between_letters_that_touch_is_none() -> None:
    word = letters(("حد", 100, -1))
    touching = [word[0], (" ", (95.0, 0, 100.0, 10)), word[1]]
    assert false_spaces(touching) == [1]
    apart = [word[0], (" ", (97.0, 0, 100.0, 10)), ("د", (90.0, 0, 96.0, 10))]
    assert false_spaces(apart) == []
    assert false_spaces(letters(("50 60", 20, 1))) == []


@pytest.mark.parametrize(
    ("parts", "printed"),
    [
        # The comma after the word, and the space behind it, come before the word's last letters.
        ((("حدو", 100, -1), (" ،", 58, 1), ("دة", 82, -1)), "حدودة، "),
        ((("،", 70, 1), ("حد", 100, -1)), "حد،"),
        ((("حد، يا", 100, -1),), "حد، يا"),
        ((("حد", 100, -1), ("50", 79, 1)), "حد50"),
        ((("،", 130, 1), ("حد", 100, -1)), "،حد"),
    ],
)
def test_signs_of_a_right_to_left_line_stand_where_they_are_printed(
    parts: tuple[tuple[str, float, int], ...], printed: str
) -> None:
    line = letters(*parts)
    text = [letter for letter, _ in line]
    for index, to in reversed(strayed_marks(line)):
        text.insert(to, text[index])
        del text[index]
    assert "".join(text) == printed


def test_a_line_below_one_that_raised_signs_make_higher_is_a_row_of_its_own() -> None:
    high = Line("with the help of the stereogra-", 100, 100, 400, 122, size=10)
    below = Line("phic projection it is mapped", 115, 114, 380, 128, size=10)
    assert [row.text for row in rows_of([high, below])] == [high.text, below.text]


def test_raised_and_lowered_signs_belong_to_the_row() -> None:
    text = Line("the sum of all", 100, 100, 180, 112, size=10)
    raised = Line("n", 160, 97, 165, 105, size=6)
    assert len(rows_of([text, raised])) == 1
