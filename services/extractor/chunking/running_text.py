"""Joins blocks of one or more pages to one string and keeps the position of each block."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from services.extractor.chunking.cuts import Boundaries
from services.extractor.document import Block, Box
from shared.text.sentences import sentence_ends

_CLOSED = frozenset(".!?:;…。\uff01\uff1f؟\u06d4।")
_ITEMS = ("list", "field")  # kinds of blocks that follow each other without an empty line
_LEAD_IN = (":", "：")  # ends of a sentence that introduces a list
_CLOSERS = "\"'”\u2019»)]"


@dataclass(frozen=True, slots=True)
class Piece:
    """Places one block in a running text, by start and end offset."""

    start: int
    end: int
    block: Block
    section: str
    opens: bool = True
    """False if the piece continues the paragraph before it."""
    offset: int = 0
    """Offset in the block at which the piece begins; above 0 if the block was cut."""
    apart: bool = False
    """True if a page break or a table lies before the piece, where a chunk may well end."""

    @property
    def shift(self) -> int:
        """Return the offset in the running text at which the block's own offset 0 would be."""
        return self.start - self.offset


class RunningText:
    """Builds a string from blocks and keeps the pieces that it consists of."""

    def __init__(self) -> None:
        self.text = ""
        self.pieces: list[Piece] = []

    def __len__(self) -> int:
        return len(self.text)

    def append(
        self, block: Block, section: str, *, continues: bool = False, apart: bool = False
    ) -> None:
        """Append a block as a new paragraph, or to the last one if it `continues` that."""
        if continues:
            self._glue(block)
        elif self.pieces:
            both = block.kind in _ITEMS and self.pieces[-1].block.kind in _ITEMS
            self.text += "\n" if both else "\n\n"
        start = len(self.text)
        self.text += block.text
        piece = Piece(start, len(self.text), block, section, not continues, apart=apart)
        self.pieces.append(piece)

    def section_starts(self) -> list[int]:
        """Return the offsets at which sections begin; a heading without text opens no section."""
        starts: list[int] = []
        section, has_text = "", True
        for piece in self.pieces:
            heading = piece.block.kind == "heading"
            if piece.opens and has_text and (heading or not starts or piece.section != section):
                starts.append(piece.start)
                has_text = False
            if not heading:
                section, has_text = piece.section, True
        return starts

    def take_headings(self) -> list[Block]:
        """Remove the headings at the end, which no text follows yet, and return their blocks."""
        count = len(self.pieces)
        while count and self.pieces[count - 1].block.kind == "heading":
            count -= 1
        taken, self.pieces = self.pieces[count:], self.pieces[:count]
        self.text = self.text[: self.pieces[-1].end] if self.pieces else ""
        return [piece.block for piece in taken]

    def last_text(self) -> Block | None:
        """Return the last block that is no page number and does not stand beside the text."""
        blocks = (piece.block for piece in reversed(self.pieces))
        return next((at for at in blocks if not at.aside and any(map(str.isalpha, at.text))), None)

    def is_open(self) -> bool:
        """Return whether the text ends within a sentence, which the next page may continue."""
        if not self.pieces or self.pieces[-1].block.kind not in ("paragraph", *_ITEMS):
            return False
        return self.text.rstrip().rstrip(_CLOSERS)[-1:] not in _CLOSED

    def is_continued_by(self, block: Block) -> bool:
        """Return whether `block`, the first of a new page, continues an open sentence."""
        if block.aside:
            return False
        first = block.text.lstrip()[:1]
        begins = first.islower() or first.isdigit() or (first.isalnum() and self._is_broken())
        return self.is_open() and block.kind == "paragraph" and begins

    def boundaries(self) -> Boundaries:
        """Return where to cut; a heading and the lead-in of a list stay with what follows."""
        parts: list[int] = []
        paragraphs: list[int] = []
        sentences: list[int] = []
        heading = leads = False
        for piece in self.pieces:
            words = self.text[piece.start : piece.end]
            if piece.opens and not (heading or (leads and piece.block.kind in _ITEMS)):
                (parts if piece.apart else paragraphs).append(piece.start)
            heading = piece.block.kind == "heading"
            leads = words.rstrip().endswith(_LEAD_IN)
            sentences.extend(piece.start + end for end in sentence_ends(words))
            if not (heading or leads):
                sentences.append(piece.end)
        return Boundaries(parts, paragraphs, sentences)

    def tail(self, start: int) -> RunningText:
        """Return the text from offset `start` on, with its pieces."""
        rest = RunningText()
        rest.text = self.text[start:]
        for piece in self.pieces:
            if piece.end > start:
                cut = max(0, start - piece.start)
                moved = replace(piece, start=max(0, piece.start - start), end=piece.end - start)
                rest.pieces.append(replace(moved, offset=piece.offset + cut))
        return rest

    def within(self, start: int, end: int) -> list[Piece]:
        """Return the pieces that overlap the offsets `start` to `end`."""
        return [piece for piece in self.pieces if piece.start < end and piece.end > start]

    def _glue(self, block: Block) -> None:
        """Join the text to `block`: drop the hyphen of a broken word, or add a space.

        A name or a code with a hyphen keeps it: "Soekarno-Hatta", "AB-1200".
        """
        if not self._is_broken():
            self.text += " "
        elif block.text[:1].islower():
            self.text = self.text[:-1]
            self.pieces[-1] = replace(self.pieces[-1], end=len(self.text))

    def _is_broken(self) -> bool:
        return self.text.endswith("-") and self.text[-2:-1].isalnum()


def box_within(pieces: Iterable[Piece], start: int, end: int, page: int | None) -> Box | None:
    """Return the smallest box on `page` around the printed lines between two offsets."""
    boxes: list[Box] = []
    for piece in pieces:
        if piece.block.page == page:
            boxes.extend(line_boxes(piece.block, start - piece.shift, end - piece.shift))
    return union(boxes)


def line_boxes(block: Block, start: int, end: int) -> list[Box]:
    """Return the boxes of the printed lines between two offsets of a block's text."""
    if not block.line_ends:
        return [block.box] if block.box else []
    boxes: list[Box] = []
    line_start = 0
    for line_end, box in block.line_ends:
        if line_start < end and line_end > start:
            boxes.append(box)
        line_start = line_end
    return boxes


def union(boxes: Iterable[Box]) -> Box | None:
    """Return the smallest box around all boxes; None without any."""
    known = list(boxes)
    if not known:
        return None
    left, top, right, bottom = zip(*known, strict=True)
    return (min(left), min(top), max(right), max(bottom))
