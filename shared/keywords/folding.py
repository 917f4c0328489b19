"""Folds letters that readers take for the same: case, width, accents, points. No I/O."""

from __future__ import annotations

import re
import unicodedata

# Vowel points of Hebrew and Arabic, the tatweel, the soft hyphen and invisible marks: a word is the
# same with and without them.
_POINTS = re.compile(
    "[\u0591-\u05bd\u05bf\u05c1-\u05c7\u0610-\u061a\u0640\u064b-\u0652\u0656-\u065f\u0670"
    "\u06d6-\u06ed\u00ad\u200b-\u200f\u2060\ufeff]"
)
# Accents of Latin, Greek and Cyrillic; hamza and madda of Arabic.
_ACCENTS = re.compile("[\u0300-\u036f\u0653-\u0655]+")
_LETTERS = str.maketrans(
    {
        "ı": "i", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th",
        "ß": "ss", "ς": "σ", "ى": "ي", "ی": "ي", "ک": "ك", "ھ": "ه", "ہ": "ه", "ۀ": "ه",
    }
)  # fmt: skip
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\uff0d", "-"))


def normalize(text: str) -> str:
    """Return `text` in NFKC, in lower case, without points, with one kind of dash.

    >>> normalize("ＳＯＰ–017")
    'sop-017'
    """
    if text.isascii():
        return text.lower()
    composed = unicodedata.normalize("NFKC", _POINTS.sub("", text)).translate(_DASHES)
    # `İ` becomes an `i` with a dot above it.
    return composed.lower().replace("i\u0307", "i")


def fold_letters(word: str) -> str:
    """Return a normalised word without accents.

    >>> fold_letters("größe"), fold_letters("ёлка")
    ('grosse', 'елка')
    """
    if word.isascii():
        return word
    decomposed = unicodedata.normalize("NFD", word.translate(_LETTERS))
    return unicodedata.normalize("NFC", _ACCENTS.sub("", decomposed))


def fold(text: str) -> str:
    """Return `text` normalised and without accents."""
    return fold_letters(normalize(text))
