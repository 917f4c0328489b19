"""Pictures as they are stored: JPEG or PNG, of a size that a screen can show."""

from __future__ import annotations

import pymupdf
from pymupdf import mupdf

_LEAST_SIDE = 80
_LARGEST_SIDE = 1_600
_PACKED_SIDE = 1_024
_MOST_PIXELS = 64_000_000
_MOST_BYTES = 4 * 1024 * 1024
_SMALL_PIXELS = 100_000
_QUALITY = 80
_AS_IS = {mupdf.FZ_IMAGE_JPEG: "jpeg", mupdf.FZ_IMAGE_PNG: "png"}

Picture = tuple[bytes, str]
"""A file's bytes, and "jpeg" or "png"."""


def from_file(data: bytes) -> Picture | None:
    """A picture file in a form worth keeping; None for what is none, or of an unknown kind."""
    try:
        image = mupdf.fz_new_image_from_buffer(mupdf.fz_new_buffer_from_copied_data(data))
        return from_image(image) if is_worth(image.w(), image.h()) else None
    except (mupdf.FzErrorBase, RuntimeError, ValueError):
        return None


def is_worth(width: int, height: int) -> bool:
    """True for a picture that is no mere ornament and can safely be unpacked."""
    return min(width, height) >= _LEAST_SIDE and width * height <= _MOST_PIXELS


def from_image(image: mupdf.FzImage) -> Picture | None:
    """The picture as it is if it is a file of fair size, else packed anew; None if too large."""
    extension = _AS_IS.get(image.fz_compressed_image_type())
    small = max(image.w(), image.h()) <= _LARGEST_SIDE
    if extension and small and image.n() in (1, 3):
        data = _file_bytes(image)
    else:
        data, extension = _packed(pymupdf.Pixmap(mupdf.fz_get_unscaled_pixmap_from_image(image)))
    return (data, extension) if len(data) <= _MOST_BYTES else None


def _file_bytes(image: mupdf.FzImage) -> bytes:
    held = mupdf.ll_fz_compressed_image_buffer(image.m_internal)
    return bytes(pymupdf.JM_BinFromBuffer(mupdf.FzBuffer(mupdf.ll_fz_keep_buffer(held.buffer))))


def _packed(pixmap: pymupdf.Pixmap) -> Picture:
    """Pixels as a file: small drawings as PNG, the rest as JPEG."""
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
