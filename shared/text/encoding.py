"""Recognises UTF-16 without a byte order mark. Pure."""

from __future__ import annotations

from typing import Literal

# In Latin text every second byte of UTF-16 is 0. Shares of the bytes at even and at odd places:
# text with some other characters still has 0 in a third, and chance leaves few in the other half.
_MANY_ZEROS = 0.3
_FEW_ZEROS = 0.05


def utf16_by_zeros(sample: bytes) -> Literal["utf-16-le", "utf-16-be"] | None:
    """The byte order of Latin text in UTF-16, by the places of its zero bytes; None: no UTF-16."""
    half = max(1, len(sample) // 2)
    even, odd = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if odd > _MANY_ZEROS and even < _FEW_ZEROS:
        return "utf-16-le"
    if even > _MANY_ZEROS and odd < _FEW_ZEROS:
        return "utf-16-be"
    return None
