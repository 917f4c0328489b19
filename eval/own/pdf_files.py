"""Writes generated documents as PDF; ruled tables run over pages and repeat their header."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pymupdf

from eval.own.blocks import Block, Grid, Heading, Items, Lines, Paragraph, Question, Terms
from eval.own.text_files import numbered, unmarked

# Page geometry in points (1/72 inch).
_PAGE = pymupdf.paper_rect("a4")
_MARGIN = 64.0
_WIDTH = _PAGE.width - 2 * _MARGIN
_BOTTOM = _PAGE.height - _MARGIN
_SIZE, _LEADING, _GAP, _ROW = 10.0, 14.0, 8.0, 18.0
_HEADING_SIZES = {1: 18.0, 2: 14.0, 3: 12.0}


def pdf(blocks: Sequence[Block]) -> bytes:
    """Return the blocks as a PDF file."""
    with pymupdf.open() as document:
        sheet = _Sheet(document)
        for block in blocks:
            sheet.set(block)
        content: bytes = document.tobytes(garbage=4, deflate=True, no_new_id=True)
    return content


class _Sheet:
    def __init__(self, document: pymupdf.Document) -> None:
        self._document = document
        self._new_page()

    def set(self, block: Block) -> None:
        match block:
            case Heading(text, level):
                self._room(3 * _LEADING)
                self._line(text, "hebo", _HEADING_SIZES[level])
            case Paragraph(text):
                self._paragraph(text)
            case Lines(lines):
                for line in lines:
                    self._line(line)
            case Items():
                for line in numbered(block):
                    self._paragraph(line)
            case Grid(rows):
                self._grid(rows)
            case Terms(pairs):
                for term, text in pairs:
                    self._line(term, "hebo")
                    self._paragraph(text)
            case Question(question, answer):
                self._line(question, "hebo")
                self._paragraph(answer)
        self._y += _GAP

    def _paragraph(self, text: str) -> None:
        for line in _wrapped(unmarked(text)):
            self._line(line)

    def _line(self, text: str, font: str = "helv", size: float = _SIZE) -> None:
        self._room(size * 1.4)
        self._y += size * 1.4
        self._page.insert_text((_MARGIN, self._y), text, fontname=font, fontsize=size)

    def _grid(self, rows: Sequence[Sequence[str]]) -> None:
        header, *rest = rows
        self._room(2 * _ROW)
        self._row(header, "hebo")
        for row in rest:
            if self._room(_ROW):
                self._row(header, "hebo")
            self._row(row)

    def _row(self, row: Sequence[str], font: str = "helv") -> None:
        width = _WIDTH / len(row)
        for column, text in enumerate(row):
            left = _MARGIN + column * width
            self._page.draw_rect((left, self._y, left + width, self._y + _ROW), width=0.6)
            baseline = self._y + _ROW - 5.5
            self._page.insert_text((left + 4, baseline), text, fontname=font, fontsize=_SIZE)
        self._y += _ROW

    def _room(self, height: float) -> bool:
        """Begin a page if fewer points are left on this one, and return whether it did."""
        if self._y + height <= _BOTTOM:
            return False
        self._new_page()
        return True

    def _new_page(self) -> None:
        self._page = self._document.new_page(width=_PAGE.width, height=_PAGE.height)
        self._y = _MARGIN


def _wrapped(text: str) -> Iterator[str]:
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and pymupdf.get_text_length(longer, "helv", _SIZE) > _WIDTH:
            yield line
            longer = word
        line = longer
    yield line
