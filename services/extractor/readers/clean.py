"""Removes characters that can't be stored or searched: NUL, lone surrogates, ligatures."""

from __future__ import annotations

import re
import unicodedata

_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b\ufeff\ufffe\uffff\ud800-\udfff]"
)
# A sign without a letter of its own, alone or before a space: bullets of fonts that have no map to
# letters. A control may follow the letter that stands for the bullet. Private signs are bullets
# only if they are those of Symbol and Wingdings: others are ticks, crosses and signs of formulas.
_BULLET = re.compile(
    r"(\s{0,9})(?:[a-z]?[\x00-\x08\x0e-\x1f\x7f]{1,2}"
    r"|[\uf06c\uf06e\uf071-\uf077\uf09e\uf09f\uf0a7\uf0b7\uf0d8]{1,2})(?=\s|$)(?!\s{0,9}[=+-])"
)
_COMPATIBLE = re.compile("[\ufb00-\ufb4f\ufb50-\ufdff\ufe70-\ufefc]+")
_SPACES = str.maketrans({"\u00a0": " ", "\u2002": " ", "\u2003": " ", "\u2009": " ", "\u202f": " "})


def clean(text: str) -> str:
    """Return `text` without control characters, and with ligatures and Arabic forms as letters."""
    if text.isascii() and text.isprintable():
        return text
    text = _UNWANTED.sub("", text).translate(_SPACES)
    return _COMPATIBLE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)


def with_bullet(text: str) -> str:
    """Return the first text of a printed line with "•" for a sign that no letter stands for."""
    if text.isascii() and text.isprintable():
        return text
    return _BULLET.sub(r"\1•", text, count=1) if _BULLET.match(text) else text
