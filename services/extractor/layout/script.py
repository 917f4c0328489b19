"""Scripts that are written from right to left: how to tell, and how to spell their ligatures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from unicodedata import combining

from services.extractor.document import Box

_LEFTWARD = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_NO_WIDTH = 0.05
_TOUCHING = 0.5
_LETTER = re.compile(r"[^\W\d_]")


def reads_leftward(texts: Iterable[str]) -> bool:
    """True if most letters belong to a script that is written from right to left."""
    whole = "".join(texts)
    if whole.isascii():
        return False
    return 2 * len(_LEFTWARD.findall(whole)) > len(_LETTER.findall(whole))


def spelled_order(letters: Sequence[tuple[str, Box]]) -> str:
    """The letters of a line in the order they are spelled.

    One sign may stand for several letters, as the Arabic lam-alef does. They come in the order of
    the page, not of the word: first those without a width of their own, at the right edge of the
    one that has the sign's. Turn them round.
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
