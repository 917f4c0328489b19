"""Extracts pictures of a PDF that are large enough to be figures, each once per document."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pymupdf
from pymupdf import mupdf

from services.extractor.document import Block, Box
from services.extractor.layout.lines import Line
from services.extractor.layout.page_layout import PageLayout, turn
from services.extractor.readers.pictures import BROKEN, from_image, is_worth

_MIN_SHARE = 0.02  # of the page's area; smaller pictures are logos and icons
_MAX_SHARE = 0.8  # of the page's area; larger ones are scans and backgrounds
_MAX_LETTERS = 40  # characters printed on a figure, such as labels; more is a background
_MAX_ON_PAGE = 20  # bounds the time for a page made of picture tiles


class Pictures:
    """Extracts at most `limit` pictures of one document."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._seen: set[bytes] = set()

    def place(self, page: pymupdf.Page, layout: PageLayout) -> None:
        """Add the page's pictures to the lines of `layout`; unreadable ones are left out."""
        if self._left <= 0 or not _may_have(page):
            return
        try:
            for image, box in _drawn(page):
                turned = turn(box, page.rotation // 90 - layout.turns, *_drawn_size(page))
                if self._left > 0 and _is_figure(image, turned, layout):
                    self._add(image, turned, layout)
        except BROKEN as broken:
            if "malloc" in str(broken):
                raise MemoryError from broken

    def _add(self, image: mupdf.FzImage, box: Box, layout: PageLayout) -> None:
        picture = from_image(image)
        if picture is None:
            return
        data, extension = picture
        key = hashlib.sha256(data).digest()
        if key not in self._seen:
            self._seen.add(key)
            self._left -= 1
            block = Block("image", "", layout.number, box, image=data, image_ext=extension)
            layout.lines.append(Line("", *box, order=len(layout.lines), embedded_block=block))


def _may_have(page: pymupdf.Page) -> bool:
    """Return whether the page's resources list a large picture, without drawing the page."""
    return any(is_worth(width, height) for _, _, width, height, *_ in page.get_images())


def _drawn(page: pymupdf.Page) -> Iterator[tuple[mupdf.FzImage, Box]]:
    """Yield the images of a page with their boxes on the unrotated page, in points."""
    textpage = page.get_textpage(flags=pymupdf.TEXT_PRESERVE_IMAGES)
    found = 0
    for block in textpage.this:
        if block.m_internal.type == mupdf.FZ_STEXT_BLOCK_IMAGE and found < _MAX_ON_PAGE:
            found += 1
            rect = block.m_internal.bbox
            yield block.i_image(), (rect.x0, rect.y0, rect.x1, rect.y1)


def _drawn_size(page: pymupdf.Page) -> tuple[float, float]:
    """Return width and height of the unrotated page, in points."""
    rect = page.rect
    return (rect.height, rect.width) if page.rotation % 180 else (rect.width, rect.height)


def _is_figure(image: mupdf.FzImage, box: Box, layout: PageLayout) -> bool:
    """Return whether a picture is not an ornament, the scan of a page, or a background."""
    share = (box[2] - box[0]) * (box[3] - box[1]) / max(1.0, layout.width * layout.height)
    if not (is_worth(image.w(), image.h()) and _MIN_SHARE <= share <= _MAX_SHARE):
        return False
    written = sum(
        len(line.text)
        for line in layout.lines
        if box[0] <= (line.x0 + line.x1) / 2 <= box[2] and box[1] <= line.middle <= box[3]
    )
    return written <= _MAX_LETTERS
