"""Texts as folded words, in which words of a question are looked for quickly. No I/O."""

from __future__ import annotations

import re
from collections import OrderedDict

from shared.keywords.folding import fold

# Letters of scripts that write no spaces between words: Thai, Lao, Burmese, Khmer, Chinese,
# Japanese.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff]"
)
# Vowel signs belong to words in Indic and South-East Asian scripts; `\w` leaves them out.
_WORD = re.compile(
    r"(?:[^\W_]|[\u0300-\u036f\u0900-\u0963\u0970-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff])++"
)
# Every byte but ASCII letters (in lower case) and digits is a space.
_ASCII = bytes(
    ord(chr(byte).lower()) if byte < 0x80 and chr(byte).isalnum() else 0x20 for byte in range(256)
)
# Texts that are kept, of about 1 kB each.
_KEPT = 5_000


def plain(text: str) -> str:
    """Return the words of `text` without case, accents and marks, with one space around each.

    >>> plain("SOP-017: Größe")
    ' sop 017 grosse '
    """
    if text.isascii():
        words = text.encode().translate(_ASCII).decode().split()
    else:
        words = _WORD.findall(fold(text))
    return f" {' '.join(words)} "


def has_unspaced(text: str) -> bool:
    """Return whether `text` has a letter of a script without spaces between words."""
    return not text.isascii() and _UNSPACED.search(text) is not None


class PlainTexts:
    """Keeps the plain texts of chunks that were looked at last, by the hash of their content."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._texts: OrderedDict[str, str] = OrderedDict()

    def of(self, text_hash: str, content: str) -> str:
        """Return the plain text of a chunk's content."""
        known = self._texts.get(text_hash)
        if known is None:
            known = self._texts[text_hash] = plain(content)
            if len(self._texts) > self._kept:
                self._texts.popitem(last=False)
        else:
            self._texts.move_to_end(text_hash)
        return known
