"""Reads PDF pages: text in reading order, tables, pictures, form fields and annotations.

A page that can't be read is skipped and counted; a file without a readable page is corrupt.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterator

import pymupdf

from services.extractor.document import MAX_LABEL, Block, Page, ReaderLimits, ReadOptions
from services.extractor.layout.blocks import blocks_of
from services.extractor.layout.continuations import PageBreaks
from services.extractor.layout.headings import Headings, OutlineEntry
from services.extractor.layout.joining import Words
from services.extractor.layout.margins import without_margins
from services.extractor.layout.page_layout import PageLayout
from services.extractor.readers.clean import clean
from services.extractor.readers.pdf_fields import field_blocks
from services.extractor.readers.pdf_marks import HiddenText
from services.extractor.readers.pdf_page import read_layout
from services.extractor.readers.pdf_pictures import Pictures
from services.extractor.readers.pdf_unread import reason_of
from services.extractor.readers.pdf_xfa import form_blocks
from services.extractor.readers.source import Source, contents
from shared.domain.errors import Corrupt, Encrypted, TooManyPages

pymupdf.TOOLS.mupdf_display_errors(False)
pymupdf.TOOLS.mupdf_display_warnings(False)

_MAX_OUTLINE = 5_000  # entries; bounds memory for a hostile file


def read(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Yield pages in order, after an empty page 0 with the page count.

    Raises Corrupt, Encrypted or TooManyPages.
    """
    with contextlib.closing(open_document(source, options)) as document:
        count = page_count(document, limits)
        yield Page(0, count=count)
        yield from _Reading(document, count, options, limits).pages()


def open_document(source: Source, options: ReadOptions) -> pymupdf.Document:
    """Return the opened file, which the caller closes; raises Corrupt or Encrypted."""
    try:
        document = pymupdf.open(stream=contents(source), filetype="pdf")
    except (RuntimeError, ValueError) as broken:
        if "malloc" in str(broken):
            raise MemoryError from broken
        raise Corrupt() from broken
    if not document.is_pdf:
        document.close()
        raise Corrupt("The file is not a PDF, although its name ends in .pdf. Export it again.")
    if document.needs_pass and not document.authenticate(options.password or ""):
        document.close()
        raise Encrypted()
    return document


def page_count(document: pymupdf.Document, limits: ReaderLimits) -> int:
    """Return the number of pages; raises TooManyPages, or Corrupt without any."""
    try:
        count = int(document.page_count)
    except (RuntimeError, ValueError) as broken:
        raise Corrupt() from broken
    if count > limits.max_pages:
        raise TooManyPages(
            f"The document has {count:,} pages, more than the server's limit of"
            f" {limits.max_pages:,}. Split it and upload the parts."
        )
    if count < 1:
        raise Corrupt()
    return count


class _Reading:
    """Reads the pages of one document in a single pass."""

    def __init__(
        self, document: pymupdf.Document, count: int, options: ReadOptions, limits: ReaderLimits
    ) -> None:
        self._document = document
        self._count = count
        self._options = options
        self._headings = Headings(_outline(document))
        self._words = Words()
        self._breaks = PageBreaks()
        self._pictures = Pictures(0 if options.strict else limits.max_images)
        self._has_fields = not options.strict and bool(document.is_form_pdf)
        self._labelled = _has_labels(document)
        self._hidden = HiddenText(may_draw=not options.strict)
        self._bad: set[int] = set()
        self._extras: deque[list[Block]] = deque()

    def pages(self) -> Iterator[Page]:
        """Yield all pages; raises Corrupt if none can be read."""
        layouts = self._layouts()
        for layout in layouts if self._options.strict else without_margins(layouts):
            yield self._page(layout)
        if len(self._bad) == self._count:
            raise Corrupt()

    def _layouts(self) -> Iterator[PageLayout]:
        for index in range(self._options.first_page - 1, self._count):
            yield self._layout(index)

    def _layout(self, index: int) -> PageLayout:
        number = index + 1
        try:
            page = self._document.load_page(index)
            layout = read_layout(
                page,
                number,
                self._hidden,
                tables=not self._options.strict,
                fields=self._has_fields,
            )
            layout.label = _label(page) if self._labelled else ""
            unread = reason_of(page, layout)
            if unread == "garbled":
                layout.lines, layout.rotated_lines = [], []
            layout.unread = unread
            self._pictures.place(page, layout)
            extras = field_blocks(page, layout, fields=self._has_fields)
            layout.printed = []
            if index == 0 and not self._options.strict and (form := form_blocks(self._document)):
                # The page itself only asks for another program.
                layout, extras = PageLayout(number, layout.width, layout.height), form
        except MemoryError:
            raise
        except Exception as broken:
            if "malloc" in str(broken):
                raise MemoryError from broken
            self._bad.add(number)
            layout, extras = PageLayout(number, 0.0, 0.0), []
        self._headings.learn(layout.lines, number)
        self._words.learn("\n".join([line.text for line in layout.lines]))
        self._extras.append(extras)
        return layout

    def _page(self, layout: PageLayout) -> Page:
        blocks = blocks_of(layout, self._headings, self._words, tables=not self._options.strict)
        self._headings.forget(layout.number)
        if not self._options.strict:
            blocks = self._breaks.add(blocks, last=layout.number == self._count)
        width, height = layout.displayed_size
        return Page(
            number=layout.number,
            blocks=(*blocks, *self._extras.popleft()),
            width=width,
            height=height,
            count=self._count,
            bad=layout.number in self._bad,
            turns=layout.rotation,
            label=layout.label,
            unread=layout.unread,
        )


def _has_labels(document: pymupdf.Document) -> bool:
    """Return whether the file counts its pages in its own way; False for a broken count."""
    try:
        return bool(document.get_page_labels())
    except Exception:
        return False


def _label(page: pymupdf.Page) -> str:
    """Return the page's number in the file's own count; "" for a broken count."""
    try:
        return clean(str(page.get_label()))[:MAX_LABEL]
    except Exception:
        return ""


def _outline(document: pymupdf.Document) -> list[OutlineEntry]:
    """Return the file's table of contents; [] for a broken one."""
    try:
        entries = document.get_toc(simple=True)
    except Exception:
        return []
    return [(level, clean(title), page) for level, title, page in entries[:_MAX_OUTLINE]]
