"""Sentences that columns, figures, footnotes and page ends interrupt."""

from __future__ import annotations

from services.extractor.document import Block
from services.extractor.layout.blocks import blocks_of
from services.extractor.layout.continuations import PageBreaks
from services.extractor.layout.headings import Headings
from services.extractor.layout.lines import Line
from services.extractor.layout.page_layout import PageLayout

PROSE = "these are quite ordinary words of prose"


def line(text: str, x: float, y: float, size: float = 10, order: int = 0) -> Line:
    return Line(text, x, y, x + 200, y + size, size=size, order=order)


def column(name: str, x: float, count: int, order: int, end: str = "and") -> list[Line]:
    return [
        line(
            f"{name}{n} {PROSE} {end if n == count - 1 else 'and'}", x, 100 + 12 * n, 10, order + n
        )
        for n in range(count)
    ]


def read(lines: list[Line]) -> list[Block]:
    headings = Headings()
    headings.learn(lines)
    return blocks_of(PageLayout(1, 600, 800, lines), headings)


def test_a_sentence_continues_in_the_next_column_after_footnotes() -> None:
    lines = [
        *column("a", 50, 6, 0),
        line("1 A note that was printed below the first column.", 50, 700, 7, 6),
        *column("b", 300, 6, 7, end="here."),
    ]
    first, note = read(lines)
    assert f"and b0 {PROSE}" in first.text
    assert first.text.endswith("here.")
    assert len(first.line_ends) == 12
    assert note.text.startswith("1 A note")


def test_a_finished_sentence_is_not_joined_to_the_next_column() -> None:
    lines = [*column("a", 50, 6, 0, end="here."), *column("b", 300, 6, 7, end="here.")]
    assert len(read(lines)) == 2


def test_letters_of_a_drawing_are_one_paragraph() -> None:
    marks = [Line(mark, 60, y, 68, y + 10, size=10) for mark, y in (("A", 20), ("x", 60))]
    first, *_ = read([*marks, *column("a", 50, 3, 2, end="here.")])
    assert first.text == "A x"


def test_notes_below_an_open_sentence_are_asides() -> None:
    blocks = read([*column("a", 50, 6, 0), line("1 A note that explains it.", 50, 700, 7, 6)])
    assert [block.aside for block in blocks] == [False, True]


def paragraph(text: str, *, aside: bool = False) -> Block:
    return Block("paragraph", text, 1, aside=aside)


def texts(blocks: list[Block]) -> list[str]:
    return [block.text for block in blocks]


def test_notes_and_running_lines_do_not_interrupt_a_sentence_over_a_page_break() -> None:
    breaks = PageBreaks()
    note, header = paragraph("1 A note.", aside=True), paragraph("Annual Report", aside=True)
    first = breaks.add([paragraph("It is open and"), note], last=False)
    second = breaks.add([header, paragraph("continues here."), paragraph("New.")], last=True)
    assert texts(first) == ["It is open and"]
    assert texts(second) == ["continues here.", "1 A note.", "Annual Report", "New."]


def test_a_name_broken_at_a_page_end_is_continued_by_its_second_part() -> None:
    breaks = PageBreaks()
    breaks.add([paragraph("It took off from Soekarno-")], last=False)
    blocks = [paragraph("printed by jb", aside=True), paragraph("Hatta Airport.")]
    assert texts(breaks.add(blocks, last=True)) == ["Hatta Airport.", "printed by jb"]


def test_notes_that_wait_for_a_page_are_never_lost() -> None:
    breaks = PageBreaks()
    note = paragraph("1 A note.", aside=True)
    assert texts(breaks.add([paragraph("It is open and"), note], last=False)) == ["It is open and"]
    assert texts(breaks.add([], last=False)) == ["1 A note."]
    open_end = [paragraph("It is open and"), note]
    assert texts(breaks.add(open_end, last=True)) == texts(open_end)
