"""Splits normalised text into words, and scripts without spaces into overlapping pairs. No I/O.

Chinese and Japanese: pairs of letters. Thai, Lao, Khmer, Burmese: pairs of letters with their
signs. Korean: words, and the pairs of their syllables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

# Vowel signs of Indic and South-East Asian scripts belong to words; `\w` leaves them out.
_SIGNS = (
    "\u0300-\u036f\u0900-\u0963\u0970-\u0dff\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc"
    "\u0ec8-\u0ece\u102b-\u103e\u1056-\u1059\u17b4-\u17d3"
)
_WORD = re.compile(rf"[\w{_SIGNS}]+")
_CJK = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_CLUSTERED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_HANGUL = "\uac00-\ud7a3"
_SEGMENT = re.compile(
    rf"(?P<cjk>[{_CJK}]+)|(?P<clustered>[{_CLUSTERED}]+)|(?P<hangul>[{_HANGUL}]+)"
    rf"|(?P<spaced>[^{_CJK}{_CLUSTERED}{_HANGUL}]+)"
)
# A letter with the vowel written before it and the signs above, below and after it.
_CLUSTER = re.compile(
    "[\u0e40-\u0e44\u0ec0-\u0ec4]?.[\u0e30-\u0e3a\u0e45-\u0e4e\u0eb0-\u0ebc\u0ec8-\u0ece"
    "\u102b-\u103e\u1056-\u1059\u17b6-\u17d3]*"
)
# Letters; the rest of a longer word tells nothing, and a term of an index must be short.
_LONGEST = 64


def split(text: str) -> tuple[list[str], list[str]]:
    """Return the words of a normalised text, and the pairs of scripts without spaces.

    >>> split("file_v2 über 水质 ok")
    (['file', 'v2', 'über', 'ok'], ['水质'])
    """
    found = _WORD.findall(text.replace("_", " "))
    if text.isascii():
        return [word[:_LONGEST] for word in found], []
    words: list[str] = []
    pairs: list[str] = []
    for word in found:
        if word.isascii():
            words.append(word[:_LONGEST])
            continue
        for segment in _SEGMENT.finditer(word):
            if segment["spaced"]:
                words.append(segment[0][:_LONGEST])
            elif segment["clustered"]:
                pairs += _pairs(_CLUSTER.findall(segment[0]))
            else:
                pairs += _pairs(segment[0])
                if segment["hangul"]:
                    words.append(segment[0][:_LONGEST])
    return words, pairs


def _pairs(letters: Iterable[str]) -> list[str]:
    """Return each two neighbours joined, or the only letter."""
    several = list(letters)
    return ["".join(pair) for pair in pairwise(several)] or several
