"""Finds the sentences of a chunk: their offsets, kinds, pages and the boxes of their lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from services.extractor.chunking.running_text import Piece, RunningText, line_boxes
from services.extractor.document import Block, BlockKind, Box, Mark, Page
from services.extractor.layout.page_layout import turn
from shared.text.chunk_sentences import Kind, LineBox, Sentence
from shared.text.sentences import split_paragraphs

KINDS: Mapping[BlockKind, Kind] = {
    "heading": "heading",
    "paragraph": "prose",
    "list": "list_item",
    "field": "form_field",
    "caption": "caption",
    "comment": "comment",
}
_MAX_SIDE = 1e6  # points; pages have at most 14,400


@dataclass(frozen=True, slots=True)
class Part:
    """One line of a chunk that is put together: a text from offset `start` of a block, or a row.

    `kind` is None for text that is not in the source, such as the rule under a header.
    """

    text: str
    kind: Kind | None
    block: Block
    start: int = 0
    row: int | None = None


class Places:
    """Turns boxes on pages as displayed to boxes on unrotated pages; keeps the pages' labels."""

    def __init__(self) -> None:
        self._labels: dict[int | None, str] = {}
        self._turned: dict[int | None, tuple[int, float, float]] = {}

    def learn(self, page: Page) -> None:
        """Note how a page is rotated and labelled."""
        if page.label:
            self._labels[page.number] = page.label
        if page.turns % 4:
            self._turned[page.number] = (-page.turns, page.width, page.height)

    def label(self, page: int | None) -> str | None:
        """Return the label of a page; None if it has none."""
        return self._labels.get(page)

    def lines(self, page: int | None, boxes: Iterable[Box]) -> tuple[LineBox, ...]:
        """Return the boxes on an unrotated page; () in a format without pages."""
        if page is None:
            return ()
        if page in self._turned:
            boxes = [turn(box, *self._turned[page]) for box in boxes]
        return tuple(LineBox(page, *box) for box in dict.fromkeys(boxes) if _is_near(box))


def _is_near(box: Box) -> bool:
    """Return whether a box has finite sides near a page, which a hostile file need not give."""
    x0, y0, x1, y1 = box
    return (
        -_MAX_SIDE < x0 < _MAX_SIDE
        and -_MAX_SIDE < y0 < _MAX_SIDE
        and -_MAX_SIDE < x1 < _MAX_SIDE
        and -_MAX_SIDE < y1 < _MAX_SIDE
    )


def of_running_text(run: RunningText, start: int, end: int, places: Places) -> Iterator[Sentence]:
    """Yield the sentences between two offsets; their own offsets count from `start`."""
    for pieces in _paragraphs(run.within(start, end)):
        begin, stop = max(start, pieces[0].start), min(end, pieces[-1].end)
        for first, last, kind in _split(run.text[begin:stop], pieces, begin):
            yield _between(pieces, begin + first, begin + last, kind, places, origin=start)


def of_parts(parts: Iterable[Part], content: str, places: Places) -> Iterator[Sentence]:
    """Yield the sentences of a chunk that begins with these parts, one on each line."""
    at = 0
    for part in _without_indent(parts):
        text = content[at : at + len(part.text)].rstrip()
        if part.row is not None and part.kind is not None and text:
            yield _of_row(part, part.kind, at, at + len(text), places)
        elif part.kind is not None:
            for start, end, kind in split_paragraphs(text, part.kind):
                yield _of_text(part, kind, at, start, end, places)
        at += len(part.text) + 1


def _without_indent(parts: Iterable[Part]) -> Iterator[Part]:
    """Yield the parts as a chunk has them, which begins without white space."""
    for number, part in enumerate(parts):
        indent = 0 if number else len(part.text) - len(part.text.lstrip())
        yield replace(part, text=part.text[indent:], start=part.start + indent)


def _paragraphs(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Group pieces that continue each other, over page breaks too."""
    group: list[Piece] = []
    for piece in pieces:
        if piece.opens and group:
            yield group
            group = []
        group.append(piece)
    if group:
        yield group


def _split(text: str, pieces: Sequence[Piece], begin: int) -> list[tuple[int, int, Kind]]:
    """Return the sentences of a paragraph that begins at offset `begin` of the running text."""
    block = pieces[0].block
    kind = KINDS[block.kind]
    if kind == "heading":
        lead = len(text) - len(text.lstrip())
        return [(lead, len(text.rstrip()), kind)] if text.strip() else []
    if kind == "form_field":
        return list(_lines(text, kind))
    ends = [piece.shift + end - begin for piece in pieces for end, _ in piece.block.line_ends]
    return split_paragraphs(text, kind, ends)


def _lines(text: str, kind: Kind) -> Iterator[tuple[int, int, Kind]]:
    at = 0
    for line in text.split("\n"):
        for start, end, _ in split_paragraphs(line):
            yield at + start, at + end, kind
        at += len(line) + 1


def _between(
    pieces: Sequence[Piece], start: int, end: int, kind: Kind, places: Places, *, origin: int
) -> Sentence:
    covered = [piece for piece in pieces if piece.start < end and piece.end > start]
    boxes: list[LineBox] = []
    marks: list[Mark] = []
    for piece in covered:
        first, last = start - piece.shift, end - piece.shift
        boxes += places.lines(piece.block.page, line_boxes(piece.block, first, last))
        marks += _overlapping(piece.block.marks, first, last)
    page = covered[0].block.page
    return _made(start - origin, end - origin, kind, page, tuple(boxes), marks, places)


def _of_row(part: Part, kind: Kind, start: int, end: int, places: Places) -> Sentence:
    block, row = part.block, part.row or 0
    page = block.row_pages[row] if block.row_pages else block.page
    known = block.row_boxes[row : row + 1] or ((block.box,) if block.box else ())
    marks = _overlapping(block.row_marks, row, row + 1)
    return _made(start, end, kind, page, places.lines(page, known), marks, places)


def _of_text(part: Part, kind: Kind, at: int, start: int, end: int, places: Places) -> Sentence:
    block = part.block
    first, last = part.start + start, part.start + end
    boxes = places.lines(block.page, line_boxes(block, first, last))
    marks = _overlapping(block.marks, first, last)
    return _made(at + start, at + end, kind, block.page, boxes, marks, places)


def _overlapping(marks: Iterable[Mark], start: int, end: int) -> list[Mark]:
    return [mark for mark in marks if mark.start < end and mark.end > start]


def _made(
    start: int,
    end: int,
    kind: Kind,
    page: int | None,
    boxes: tuple[LineBox, ...],
    marks: Sequence[Mark],
    places: Places,
) -> Sentence:
    hidden, struck = any(mark.hidden for mark in marks), any(mark.struck for mark in marks)
    return Sentence(start, end, kind, page, boxes, hidden, struck, places.label(page))
