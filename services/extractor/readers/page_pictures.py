"""Draws the pages of a PDF, unrotated, as the boxes of sentences are; for the preview of chunks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pymupdf

from services.extractor.document import Block, Page, ReaderLimits, ReadOptions
from services.extractor.readers.pdf import open_document, page_count
from services.extractor.readers.source import Source

_LONGEST_SIDE = 1_400  # pixels; small print can still be read, and a picture has about 100 kB
_QUALITY = 70  # of JPEG, in percent


def read(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Yield pages that consist of their own picture; a page that can't be drawn is left out.

    Raises Corrupt, Encrypted or TooManyPages.
    """
    with contextlib.closing(open_document(source, options)) as document:
        count = page_count(document, limits)
        for index in range(options.first_page - 1, count):
            with contextlib.suppress(RuntimeError, ValueError):
                yield Page(index + 1, (_picture(document, index),), count=count)


def _picture(document: pymupdf.Document, index: int) -> Block:
    page = document.load_page(index)
    page.set_rotation(0)
    width, height = page.rect.width, page.rect.height
    scale = _LONGEST_SIDE / max(width, height, 1.0)
    drawn = page.get_pixmap(matrix=pymupdf.Matrix(scale, scale), alpha=False)
    image = drawn.tobytes("jpeg", jpg_quality=_QUALITY)
    box = (0.0, 0.0, width, height)
    text = f"Page {index + 1}"
    return Block("image", text, index + 1, box, image=image, image_ext="jpeg")
