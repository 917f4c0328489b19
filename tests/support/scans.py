"""Makes scans: pages that are pictures of text, among printed ones, turned and skewed."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

import pymupdf
import pytest

needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None,
    reason="needs Tesseract: apt-get install tesseract-ocr, as .ci/run does",
)
_WIDTH, _HEIGHT = 595, 842  # points of an A4 page


def picture(text: str, *, degrees: float = 0.0, dpi: int = 200, kind: str = "png") -> bytes:
    """Return a picture of a page with this text, turned clockwise."""
    document = pymupdf.open()
    page = document.new_page(width=_WIDTH, height=_HEIGHT)
    page.insert_textbox((72, 72, _WIDTH - 72, _HEIGHT - 72), text, fontsize=13, fontname="tiro")
    matrix = pymupdf.Matrix(dpi / 72, dpi / 72).prerotate(degrees)
    drawn = page.get_pixmap(matrix=matrix, colorspace=pymupdf.csGRAY, alpha=False)
    drawn.set_dpi(dpi, dpi)
    return drawn.tobytes(kind)


def pdf(pages: Sequence[str | bytes], *, rotation: int = 0) -> bytes:
    """Return a PDF with a printed page for each text and a scanned one for each picture."""
    document = pymupdf.open()
    for content in pages:
        page = document.new_page(width=_WIDTH, height=_HEIGHT)
        if isinstance(content, str):
            page.insert_textbox((72, 72, _WIDTH - 72, _HEIGHT - 72), content, fontsize=12)
        else:
            page.insert_image(page.rect, stream=content)
            page.set_rotation(rotation)
    data: bytes = document.tobytes()
    return data
