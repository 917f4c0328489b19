"""Detects UTF-16 without a byte order mark from a sample of bytes."""

from __future__ import annotations

from typing import Literal

# Shares of zero bytes at even or at odd offsets. In UTF-16 Latin text every second byte is 0; 0.3
# also accepts text in which most characters are not Latin, 0.05 allows for stray zeros on the
# other side.
_MANY_ZEROS = 0.3
_FEW_ZEROS = 0.05


def utf16_by_zeros(sample: bytes) -> Literal["utf-16-le", "utf-16-be"] | None:
    """Return the UTF-16 byte order that the zero bytes of `sample` show, or None if they do not.

    >>> utf16_by_zeros("Hi".encode("utf-16-le"))
    'utf-16-le'
    """
    half = max(1, len(sample) // 2)
    even, odd = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if odd > _MANY_ZEROS and even < _FEW_ZEROS:
        return "utf-16-le"
    if even > _MANY_ZEROS and odd < _FEW_ZEROS:
        return "utf-16-be"
    return None
