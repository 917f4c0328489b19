"""Converts pictures to JPEG or PNG of at most screen size for storage."""

from __future__ import annotations

import pymupdf
from pymupdf import mupdf

_MIN_SIDE = 80  # pixels; smaller pictures are icons and ornaments
_MAX_SIDE = 1_600  # pixels; a file up to this size is stored without encoding it again
_PACKED_SIDE = 1_024  # pixels; enough for a screen, and quick to encode
_MAX_PIXELS = 64_000_000  # 192 MB as RGB, within the memory limit of a reader
_MAX_BYTES = 4 * 1024 * 1024  # so that a frame of the sandbox holds several
_SMALL_PIXELS = 100_000  # up to here PNG, since JPEG blurs thin lines
_QUALITY = 80  # of 100 (JPEG); a common balance of size and visible artefacts
# Raised by MuPDF and its binding for damaged pages and pictures.
BROKEN = (mupdf.FzErrorBase, RuntimeError, ValueError)
_AS_IS = {mupdf.FZ_IMAGE_JPEG: "jpeg", mupdf.FZ_IMAGE_PNG: "png"}

Picture = tuple[bytes, str]
"""The bytes of a picture file, and "jpeg" or "png"."""


def from_file(data: bytes) -> Picture | None:
    """Return a picture file ready for storage; None if it is unreadable, small or too large."""
    try:
        image = mupdf.fz_new_image_from_buffer(mupdf.fz_new_buffer_from_copied_data(data))
        return from_image(image) if is_worth(image.w(), image.h()) else None
    except BROKEN:
        return None


def is_worth(width: int, height: int) -> bool:
    """Return whether a picture of this size in pixels is large enough, and safe to unpack."""
    return min(width, height) >= _MIN_SIDE and width * height <= _MAX_PIXELS


def from_image(image: mupdf.FzImage) -> Picture | None:
    """Return the picture file, encoded again if large or of another type; None above 4 MiB."""
    extension = _AS_IS.get(image.fz_compressed_image_type())
    small = max(image.w(), image.h()) <= _MAX_SIDE
    if extension and small and image.n() in (1, 3):
        data = _file_bytes(image)
    else:
        data, extension = _packed(pymupdf.Pixmap(mupdf.fz_get_unscaled_pixmap_from_image(image)))
    return (data, extension) if len(data) <= _MAX_BYTES else None


def _file_bytes(image: mupdf.FzImage) -> bytes:
    held = mupdf.ll_fz_compressed_image_buffer(image.m_internal)
    return bytes(pymupdf.JM_BinFromBuffer(mupdf.FzBuffer(mupdf.ll_fz_keep_buffer(held.buffer))))


def _packed(pixmap: pymupdf.Pixmap) -> Picture:
    """Scale to at most 1,024 pixels per side; encode up to 100,000 pixels as PNG, more as JPEG."""
    if pixmap.colorspace is None or pixmap.colorspace.n > 3:
        pixmap = pymupdf.Pixmap(pymupdf.csRGB, pixmap)
    longest = max(pixmap.width, pixmap.height)
    if longest > _PACKED_SIDE:
        scale = _PACKED_SIDE / longest
        size = (max(1, int(pixmap.width * scale)), max(1, int(pixmap.height * scale)))
        pixmap = pymupdf.Pixmap(pixmap, *size, None)
    if pixmap.alpha:
        pixmap = pymupdf.Pixmap(pixmap, 0)
    if pixmap.width * pixmap.height <= _SMALL_PIXELS:
        return pixmap.tobytes("png"), "png"
    return pixmap.tobytes("jpeg", jpg_quality=_QUALITY), "jpeg"
