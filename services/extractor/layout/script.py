"""Detects right-to-left scripts and restores the letter order of their ligatures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from unicodedata import combining

from services.extractor.document import Box

_LEFTWARD = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_NO_WIDTH = 0.05  # points; narrower letters share another one's sign
_TOUCHING = 0.5  # points between letters of one sign, allowing for rounding in the file
_LETTER = re.compile(r"[^\W\d_]")


def reads_leftward(texts: Iterable[str]) -> bool:
    """Return whether most letters belong to a right-to-left script."""
    whole = "".join(texts)
    if whole.isascii() or not _LEFTWARD.search(whole):
        return False
    return 2 * len(_LEFTWARD.findall(whole)) > len(_LETTER.findall(whole))


def spelled_order(letters: Sequence[tuple[str, Box]]) -> str:
    """Return the letters of a line in spelling order.

    A ligature such as the Arabic lam-alef comes as several letters in page order: those without
    width first, at the right edge of the one with the width. This reverses them.
    """
    text, folded, edge = "", "", 0.0
    for letter, (x0, _, x1, _) in letters:
        if x1 - x0 < _NO_WIDTH and _LEFTWARD.match(letter) and not combining(letter):
            folded, edge = folded + letter, x1
        elif folded and abs(edge - x1) < _TOUCHING and _LEFTWARD.match(letter):
            text, folded = text + letter + folded[::-1], ""
        else:
            text, folded = text + folded + letter, ""
    return text + folded
