"""Removes characters that can't be stored or searched: NUL, lone surrogates, ligatures."""

from __future__ import annotations

import re
import unicodedata

_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b\ufeff\ufffe\uffff\ud800-\udfff]"
)
_COMPATIBLE = re.compile("[\ufb00-\ufb4f\ufb50-\ufdff\ufe70-\ufefc]+")
_SPACES = str.maketrans({"\u00a0": " ", "\u2002": " ", "\u2003": " ", "\u2009": " ", "\u202f": " "})


def clean(text: str) -> str:
    """Return `text` without control characters, and with ligatures and Arabic forms as letters."""
    if text.isascii() and text.isprintable():
        return text
    text = _UNWANTED.sub("", text).translate(_SPACES)
    return _COMPATIBLE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
