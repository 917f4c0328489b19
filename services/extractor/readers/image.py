"""Reads picture files (PNG, JPEG, TIFF): pages without text, for text recognition."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pymupdf

from services.extractor.document import Page, ReaderLimits, ReadOptions
from services.extractor.readers.pdf import page_count
from services.extractor.readers.pictures import BROKEN
from services.extractor.readers.source import Source, contents
from shared.domain.errors import Corrupt


def read(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Yield a page without text for each picture of the file. Raises Corrupt or TooManyPages."""
    with contextlib.closing(open_picture(source, options)) as document:
        count = page_count(document, limits)
        for index in range(options.first_page - 1, count):
            try:
                width, height = document.load_page(index).rect[2:]
            except BROKEN:
                yield Page(index + 1, count=count, bad=True)
            else:
                yield Page(index + 1, (), width, height, count, unread="no_text")


def open_picture(source: Source, options: ReadOptions) -> pymupdf.Document:
    """Return the opened file, which the caller closes; raises Corrupt."""
    try:
        return pymupdf.open(stream=contents(source), filetype=options.file_type)
    except BROKEN as broken:
        if "malloc" in str(broken):
            raise MemoryError from broken
        raise Corrupt("The picture is damaged. Save it again as PNG.") from broken
