"""Tells why a PDF page has no readable text: it is a picture, or its fonts have no letters."""

from __future__ import annotations

from typing import Literal

import pymupdf

from services.extractor.layout.legibility import is_garbled, is_suspicious
from services.extractor.layout.page_layout import PageLayout

Reason = Literal["", "no_text", "garbled"]

_FEW_LETTERS = 25  # on a page; a scan may have a stamp or a number of its own
_MANY_SIGNS = 1_000  # the first ones of a page are enough to count so few
_MIN_SHARE = 0.5  # of the page's area that the pictures of a scan cover
_MIN_PATHS = 60  # shapes; text drawn as outlines has one or more for each letter
_BY_NUMBER = ("TrueType", "Type3", "Type0")  # kinds of fonts that may only number their signs
_PICTURES = ("fill-image", "fill-imgmask")


def reason_of(page: pymupdf.Page, layout: PageLayout) -> Reason:
    """Return why the page counts as unread; "" for a page with text, or without anything on it."""
    lines = (*layout.lines, *layout.rotated_lines)
    if any(line.embedded_block for line in layout.lines):
        return ""
    text = "\n".join(line.text for line in lines)
    if is_garbled(text) or (is_suspicious(text) and not _has_letters(page)):
        return "garbled"
    if sum(map(str.isalnum, text[:_MANY_SIGNS])) >= _FEW_LETTERS:
        return ""
    drawn = page.get_bboxlog()
    pictures = sum(_area(box) for kind, box in drawn if kind in _PICTURES)
    if pictures > _MIN_SHARE * _area(tuple(page.rect)):
        return "no_text"
    if text.strip():
        return ""
    if any(kind == "fill-text" for kind, _ in drawn):
        return "garbled"
    return "no_text" if len(drawn) >= _MIN_PATHS else ""


def _area(box: tuple[float, float, float, float]) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _has_letters(page: pymupdf.Page) -> bool:
    """Return whether a font of the page says which letters its signs are.

    Fonts of other kinds than these name the letters themselves.
    """
    document = page.parent
    return any(
        kind not in _BY_NUMBER
        or document.xref_get_key(xref, "ToUnicode")[0] != "null"
        or document.xref_get_key(xref, "Encoding")[0] != "null"
        for xref, _, kind, *_ in page.get_fonts()
    )
