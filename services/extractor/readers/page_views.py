"""Draws pages and lists their words, for people who look at a source and for text recognition.

Words and marks are placed on the unrotated page, as the boxes of sentences are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pymupdf

from services.extractor.document import Box, ChunkDraft, ReaderLimits, ReadOptions
from services.extractor.drawing import scale_of
from services.extractor.readers.clean import clean
from services.extractor.readers.image import open_picture
from services.extractor.readers.pdf import open_document, page_count
from services.extractor.readers.pictures import BROKEN
from services.extractor.readers.source import Source
from shared.domain.errors import Corrupt
from shared.domain.page_views import MAX_WORD, MAX_WORDS

_PREVIEW_SIDE = 1_400  # pixels; small print can still be read, and a picture has about 100 kB
_PREVIEW_QUALITY = 70  # of JPEG, in percent
_LONGEST_SIDE = 1_700  # pixels; about 150 a printed inch, sharp on a screen with two a point
_MARK = (1.0, 0.83, 0.2)  # the yellow of a text marker
_MARGIN = 1.0  # points around a mark, so that it does not cut into letters


def read(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[ChunkDraft]:
    """Yield one draft for each page, with its picture or with its words as JSON.

    A preview leaves out pages that can't be drawn. Raises Corrupt, Encrypted or TooManyPages.
    """
    open_file = open_document if options.file_type == "pdf" else open_picture
    with contextlib.closing(open_file(source, options)) as document:
        last = page_count(document, limits)
        if options.last_page is not None:
            last = min(last, options.last_page)
        for index in range(options.first_page - 1, last):
            try:
                yield _VIEWS[options.view](document.load_page(index), options)
            except BROKEN as broken:
                if "malloc" in str(broken):
                    raise MemoryError from broken
                if options.view != "preview":
                    raise Corrupt(
                        "This page of the file is damaged and can't be drawn."
                    ) from broken


def _preview(page: pymupdf.Page, options: ReadOptions) -> ChunkDraft:
    page.set_rotation(0)
    image = _drawn(page, _PREVIEW_SIDE).tobytes("jpeg", jpg_quality=_PREVIEW_QUALITY)
    return _picture(page, image, "jpeg")


def _as_displayed(page: pymupdf.Page, options: ReadOptions) -> ChunkDraft:
    """Return the picture of a page with the marks of the options on it."""
    _mark(page, options)
    return _picture(page, _drawn(page, _LONGEST_SIDE).tobytes("png"), "png")


def _scan(page: pymupdf.Page, options: ReadOptions) -> ChunkDraft:
    """Return the grey picture of a page as displayed, turned by the slope of the options."""
    scale = scale_of(page.rect.width, page.rect.height)
    matrix = pymupdf.Matrix(scale, scale).prerotate(options.slope)
    drawn = page.get_pixmap(matrix=matrix, colorspace=pymupdf.csGRAY, alpha=False)
    return _picture(page, drawn.tobytes("pgm"), "pgm")


def _mark(page: pymupdf.Page, options: ReadOptions) -> None:
    back = page.derotation_matrix
    rotation = page.rotation
    page.set_rotation(0)  # annotations are placed on the page as it is at this moment
    for box in options.marks:
        place = pymupdf.Rect(box)
        if options.marks_displayed:
            place = place * back
        place = pymupdf.Rect(
            place.x0 - _MARGIN, place.y0 - _MARGIN, place.x1 + _MARGIN, place.y1 + _MARGIN
        )
        if place.is_empty or place.is_infinite or not place.intersects(page.rect):
            continue
        mark = page.add_rect_annot(place)
        mark.set_border(width=0)
        mark.set_colors(stroke=_MARK, fill=_MARK)
        mark.update(fill_color=_MARK, blend_mode="Multiply")
    page.set_rotation(rotation)


def _words(page: pymupdf.Page, options: ReadOptions) -> ChunkDraft:
    """Return the words of a page in the order of the file, as `shared.domain.page_views` has it."""
    rotation = page.rotation
    page.set_rotation(0)
    found = []
    for x0, y0, x1, y1, text, block, line, _ in page.get_text("words")[:MAX_WORDS]:
        if shown := clean(text)[:MAX_WORD].strip():
            place = [round(side, 2) for side in (x0, y0, x1, y1)]
            found.append({"text": shown, "box": place, "line": [block, line]})
    width, height = page.rect.width, page.rect.height
    words = {"width": width, "height": height, "rotation": rotation, "words": _numbered(found)}
    return ChunkDraft(orjson.dumps(words).decode(), "text", 0, page.number + 1)


def _numbered(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the words with their lines counted from 0, in place of numbers within blocks."""
    lines: dict[tuple[int, ...], int] = {}
    for word in found:
        word["line"] = lines.setdefault(tuple(word["line"]), len(lines))
    return found


def _drawn(page: pymupdf.Page, longest: int) -> pymupdf.Pixmap:
    """Return the page with its longest side in pixels; an extremely thin one is stretched."""
    width, height = page.rect.width, page.rect.height
    scale = longest / max(width, height, 1.0)
    across, down = max(scale, 1 / max(width, 1e-3)), max(scale, 1 / max(height, 1e-3))
    return page.get_pixmap(matrix=pymupdf.Matrix(across, down), alpha=False)


def _picture(page: pymupdf.Page, image: bytes, ending: str) -> ChunkDraft:
    number = page.number + 1
    box: Box = (0.0, 0.0, page.rect.width, page.rect.height)
    text = f"Page {number}"
    return ChunkDraft(text, "image", 0, number, box, image=image, image_ext=ending)


_VIEWS: dict[str, Callable[[pymupdf.Page, ReadOptions], ChunkDraft]] = {
    "preview": _preview,
    "picture": _as_displayed,
    "words": _words,
    "scan": _scan,
}
