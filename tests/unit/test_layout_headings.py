"""Which lines are headings: by outline, size, weight, capitals and section number."""

from __future__ import annotations

import pytest

from services.extractor.document import Mark
from services.extractor.layout.blocks import blocks_of
from services.extractor.layout.headings import Headings
from services.extractor.layout.lines import Line
from services.extractor.layout.page_layout import PageLayout

PROSE = "these are quite ordinary words of prose"


def line(text: str, x: float, y: float, width: float = 200, **more: object) -> Line:
    return Line(text, x, y, x + width, y + 10, size=10, **more)  # type: ignore[arg-type]


def layout(number: int, *lines: Line) -> PageLayout:
    return PageLayout(number, 600, 800, list(lines))


def first(*lines: Line) -> tuple[str, int]:
    """Return kind and level of the block above body text that these lines make."""
    headings = Headings()
    headings.learn([*BODY, *lines])
    block = blocks_of(layout(1, *lines, *BODY), headings)[0]
    return block.kind, block.level


BODY = [line(f"{PROSE} and more", 50, 100 + 12 * row) for row in range(20)]


@pytest.mark.parametrize(
    ("candidate", "level"),
    [
        (Line("Introduction", 50, 60, 150, 80, size=18), 1),
        (Line("Results", 50, 60, 150, 74, size=13.5), 2),
        (Line("Method", 50, 60, 150, 71, size=11.5), 3),
        (Line("Safety", 50, 60, 150, 70, size=10, bold=True), 4),
        (Line("2.1 Pumps", 50, 60, 150, 70, size=10, bold=True), 2),
        (Line("Stop the pump.", 50, 60, 150, 70, size=10, bold=True), 0),
        (Line("A pump stops.", 50, 60, 150, 70, size=10, bold=True), 0),
        (Line("Item 1A. Risk Factors.", 50, 60, 150, 70, size=10, bold=True), 4),
        (Line("Who is covered?", 50, 60, 150, 70, size=10, bold=True), 4),
        (Line("OR", 50, 60, 150, 70, size=10, bold=True), 0),
        (Line("October 14, 1998", 50, 60, 150, 80, size=18), 0),
        (Line("Treatment . . . . . . . . 27", 50, 60, 150, 80, size=18), 0),
        (Line("plain words", 50, 60, 150, 70, size=10), 0),
        (Line("17,81", 50, 60, 150, 80, size=18), 0),
    ],
)
def test_headings_are_recognised_by_size_and_weight(candidate: Line, level: int) -> None:
    headings = Headings()
    headings.learn([*BODY, candidate])
    first = blocks_of(layout(1, candidate, *BODY), headings)[0]
    assert (first.kind, first.level) == ("heading" if level else "paragraph", level)


def test_the_outline_of_a_file_names_its_headings() -> None:
    headings = Headings([(2, "1.1  Plain words", 7)])
    headings.learn(BODY)
    lines = [line("1.1 plain words", 50, 60), *BODY]
    assert blocks_of(layout(7, *lines), headings)[0].level == 2
    assert blocks_of(layout(8, *lines), headings)[0].level == 0


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("3.2 Storage of samples", 2),
        ("3.2.1. Storage of samples", 3),
        ("GENERAL PROVISIONS", 4),
        ("GENERAL (PROVISIONS)", 0),
        ("Storage of samples", 0),
        ("3.2 Storage of samples.", 0),
        ("IBM", 0),
    ],
)
def test_section_numbers_and_capitals_above_text_make_a_heading(text: str, level: int) -> None:
    assert first(line(text, 50, 60))[1] == level


@pytest.mark.parametrize(
    "text",
    ["xii", "Figure 1 The pump", "2,54,970 crore", "pg. 86", "CALL(*ALL) =", "www.example.org"],
)
def test_labels_numbers_and_fragments_in_large_type_are_no_headings(text: str) -> None:
    assert first(Line(text, 50, 60, 150, 78, size=18))[1] == 0


def test_a_sentence_in_large_type_is_no_heading() -> None:
    text = "Growth is life, and it has been so ever since."
    assert first(Line(text, 50, 60, 350, 78, size=18)) == ("paragraph", 0)


def test_a_title_of_two_lines_and_weights_is_one_heading() -> None:
    lines = [
        Line("LayoutReader: A Kit for Deep", 50, 40, 250, 54, size=14, bold=False),
        Line("Document Analysis", 60, 58, 240, 72, size=14, bold=True),
    ]
    headings = Headings()
    headings.learn([*BODY, *lines])
    blocks = blocks_of(layout(1, *lines, *BODY), headings)
    assert blocks[0].text == "LayoutReader: A Kit for Deep Document Analysis"
    assert blocks[0].kind == "heading"


def test_a_section_number_set_apart_belongs_to_its_heading_and_columns_do_not() -> None:
    bold = {"size": 13, "bold": True}
    number = Line("Chapter 1.", 50, 60, 110, 73, **bold)  # type: ignore[arg-type]
    title = Line("Storage", 130, 60, 200, 73, **bold)  # type: ignore[arg-type]
    assert first(number, title)[0] == "heading"
    label = Line("Trunk", 50, 60, 110, 73, **bold)  # type: ignore[arg-type]
    assert first(label, title)[0] == "paragraph"


def test_a_page_in_smaller_print_has_headings_of_its_own() -> None:
    small = [Line(f"{PROSE} and more", 50, y, 300, y + 7, size=7) for y in range(100, 220, 9)]
    title = Line("Who we are", 50, 80, 120, 89, size=9)
    headings = Headings()
    headings.learn(BODY * 3, 1)
    headings.learn([title, *small], 2)
    assert blocks_of(layout(2, title, *small), headings)[0].level == 3
    # Footnotes below text of the usual size make no page of small print.
    headings.learn([title, *small, *BODY], 3)
    assert blocks_of(layout(3, title, *small), headings)[0].kind == "paragraph"


def test_large_print_that_follows_itself_is_a_list_and_a_table_between_makes_it_headings() -> None:
    slogans = [
        Line(f"Slogan of {word}", 50, y, 250, y + 14, size=14)
        for word, y in (("roles", 20), ("rows", 50), ("masks", 80))
    ]
    headings = Headings()
    headings.learn(BODY)
    kinds = [block.kind for block in blocks_of(layout(1, *slogans, *BODY), headings)]
    assert kinds == ["paragraph"] * 4
    kinds = [block.kind for block in blocks_of(layout(1, *slogans[1:], *BODY), headings)]
    assert kinds == ["heading", "heading", "paragraph"]


def test_bold_rows_of_a_narrow_column_are_one_heading_and_those_of_a_cover_none() -> None:
    rows = ("Explanation of Certain", "Provisions for Other", "Methods of Compliance")
    bold = [line(text, 50, 50 + 12 * at, bold=True) for at, text in enumerate(rows)]
    assert first(*bold) == ("heading", 4)
    centred = [line(text, 50 + 15 * at, 50 + 12 * at, bold=True) for at, text in enumerate(rows)]
    assert first(*centred)[0] == "paragraph"


def test_a_title_beside_a_hidden_label_is_a_heading() -> None:
    text = "Chapter 1. Securing and protecting data"
    title = Line(text, 50, 60, 250, 80, size=18, marks=(Mark(0, 10, hidden=True),))
    assert first(title)[0] == "heading"


def test_a_title_that_is_not_seen_names_no_section() -> None:
    title = Line("Back cover", 50, 60, 150, 80, size=18, marks=(Mark(0, 10, hidden=True),))
    assert first(title) == ("paragraph", 0)
