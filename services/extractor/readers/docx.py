"""Reads DOCX as a stream, so that memory does not grow with the number of pages.

Headers come before the body, footers after it, notes after the paragraph that refers to them.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, NamedTuple

from lxml import etree

from services.extractor.document import Block, Mark, Page, ReaderLimits, ReadOptions
from services.extractor.readers import docx_zip_guard
from services.extractor.readers.docx_package import Package
from services.extractor.readers.docx_styles import Numbering, Styles
from services.extractor.readers.docx_text import (
    Found,
    Pages,
    Paragraph,
    cell_text,
    read_paragraph,
    read_row,
)
from services.extractor.readers.docx_xml import Element, child, is_nested, local, release, stream
from services.extractor.readers.slices import SLICE
from shared.domain.errors import Corrupt

_TABLE_SLICE = 200  # rows of a table that are passed on together, below a repeated header
_CAPTION_STYLE = re.compile(r"caption|beschriftung|légende", re.IGNORECASE)
_ONLY_NUMBER = re.compile(r"\W*(?:page|seite)?\W*\d*\W*(?:of|von)?\W*\d*\W*$", re.IGNORECASE)

Pictures = list[tuple[str, str]]


class Row(NamedTuple):
    """The cells of a table row, the page on which it begins, and marks in its cells."""

    cells: tuple[str, ...]
    page: int
    marks: list[Mark]


def read(path: Path, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Yield slices of pages, numbered by the page breaks in the file.

    Raises Corrupt, or the errors of `docx_zip_guard.check`, for a file that can't be read.
    """
    docx_zip_guard.check(path, limits)
    try:
        with zipfile.ZipFile(path) as archive:
            package = Package(archive)
            blocks = _Body(package, 0 if options.strict else limits.max_images).blocks()
            if not package.has_pages():
                blocks = (replace(block, page=None, row_pages=()) for block in blocks)
            yield from _slices(blocks)
    except etree.XMLSyntaxError as broken:
        if broken.code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from broken
        raise Corrupt() from broken
    except (zipfile.BadZipFile, KeyError) as broken:
        raise Corrupt() from broken


def _slices(blocks: Iterator[Block]) -> Iterator[Page]:
    """Group blocks into pages, and long pages into slices."""
    held: list[Block] = []
    size = 0
    for block in blocks:
        if held and (block.page != held[0].page or size >= SLICE):
            yield Page(held[0].page or 1, tuple(held))
            held, size = [], 0
        held.append(block)
        size += block.size
    if held:
        last = held[0].page or 1
        yield Page(last, tuple(held), count=last)


class _Body:
    """Reads the blocks of one document in order."""

    def __init__(self, package: Package, max_pictures: int) -> None:
        self._package = package
        self._styles = Styles(package.part("styles"))
        self._numbering = Numbering(package.part("numbering"))
        self._pages = Pages()
        self._max_pictures = max_pictures

    def blocks(self) -> Iterator[Block]:
        """Yield headers, body and footers."""
        yield from self._edges("header")
        with self._package.main() as part:
            yield from self._body(part)
        yield from self._edges("footer")

    def _body(self, part: IO[bytes]) -> Iterator[Block]:
        rows: list[Row] = []
        found = Found()
        for element in stream(part, "p", "tr", "tbl"):
            if is_nested(element, "p", "txbxContent"):
                continue
            name = local(element)
            if name == "p" and not is_nested(element, "tbl"):
                yield from self._paragraph(element)
                release(element)
            elif name == "tr" and _is_outer_row(element):
                self._pages.of_text = None
                cells = read_row(element, self._pages, found)
                rows.append(Row(cells, self._pages.of_text or self._pages.number, found.marks))
                found.marks = []
                release(element)
                if len(rows) > _TABLE_SLICE:
                    yield self._table(rows)
                    del rows[1:]
            elif name == "tbl" and not is_nested(element, "tbl"):
                yield from self._end_table(rows, found.pictures)
                rows, found = [], Found()
                release(element)

    def _paragraph(self, element: Element) -> Iterator[Block]:
        paragraph = read_paragraph(element, self._pages)
        if paragraph.text:
            yield self._text(element, paragraph)
        yield from self._attached(paragraph)

    def _text(self, element: Element, paragraph: Paragraph) -> Block:
        text, page, marks = paragraph.text, paragraph.page, paragraph.marks
        properties = child(element, "pPr")
        level = self._styles.heading_level(properties)
        place = self._styles.list_of(properties)
        label = self._numbering.label(*place) if place else ""
        numbered = f"{label} {text}" if label and not (level and label == "•") else text
        moved = tuple(mark.moved(len(numbered) - len(text)) for mark in marks)
        if level:
            return Block("heading", numbered, page, level=level, marks=moved)
        if place:
            return Block("list", numbered, page, marks=moved)
        style = child(properties, "pStyle")
        caption = style is not None and _CAPTION_STYLE.match(str(style.attrib.values()[0]))
        return Block("caption" if caption else "paragraph", text, page, marks=marks)

    def _attached(self, paragraph: Paragraph) -> Iterator[Block]:
        page = paragraph.page
        found = Found(list(paragraph.pictures))
        for box in paragraph.boxes:
            found.marks = []
            text = cell_text(box, self._pages, found)
            if text:
                marks = tuple(_over_all(found.marks, 0, len(text)))
                yield Block("paragraph", text, page, marks=marks)
        for kind, identity in paragraph.notes:
            note = self._package.note(kind, identity)
            if note:
                yield Block("paragraph", note, page)
        yield from self._picture_blocks(found.pictures, page)

    def _picture_blocks(self, pictures: Pictures, page: int) -> Iterator[Block]:
        for relation, description in pictures:
            picture = self._package.picture(relation) if self._max_pictures > 0 else None
            if picture is None:
                continue
            self._max_pictures -= 1
            data, extension = picture
            yield Block("image", "", page, image=data, image_ext=extension)
            if description:
                yield Block("caption", description, page)

    def _end_table(self, rows: list[Row], pictures: Pictures) -> Iterator[Block]:
        if any(len(row.cells) > 1 and any(row.cells) for row in rows):
            yield self._table(rows)
        else:
            yield from (_lone_cell(row) for row in rows if any(row.cells))
        yield from self._picture_blocks(pictures, self._pages.number)

    def _table(self, rows: list[Row]) -> Block:
        width = max(len(row.cells) for row in rows)
        filled = [row for row in rows if any(row.cells)]
        cells = tuple(row.cells + ("",) * (width - len(row.cells)) for row in filled)
        pages = tuple(row.page for row in filled)
        marks = tuple(
            mark
            for number, row in enumerate(filled)
            for mark in _over_all(row.marks, number, number + 1)
        )
        return Block("table", "", self._pages.number, rows=cells, row_pages=pages, row_marks=marks)

    def _edges(self, kind: str) -> Iterator[Block]:
        """Yield headers or footers, each distinct text once, without page numbers."""
        seen: set[str] = set()
        for part in self._package.parts(kind):
            for element in stream(part, "p"):
                text = read_paragraph(element, Pages()).text
                if text and text not in seen and not _ONLY_NUMBER.match(text):
                    seen.add(text)
                    yield Block("paragraph", text, self._pages.number)


def _lone_cell(row: Row) -> Block:
    """Return a row of a table with one column as a paragraph."""
    text = row.cells[0]
    return Block("paragraph", text, row.page, marks=tuple(_over_all(row.marks, 0, len(text))))


def _over_all(marks: Iterable[Mark], start: int, end: int) -> Iterator[Mark]:
    """Yield marks of parts of a text as marks of the whole of it."""
    yield from {mark._replace(start=start, end=end) for mark in marks}


def _is_outer_row(row: Element) -> bool:
    """Return whether a row belongs to a table that is not nested in a cell."""
    return not is_nested(row, "tc")
