"""Texts as folded words, in which words of a question are looked for quickly. No I/O."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from shared.keywords.folding import fold

# Letters of scripts that write no spaces between words: Thai, Lao, Burmese, Khmer, Chinese,
# Japanese.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff]"
)
# Points and vowel signs belong to words; `\w` leaves them out.
_WORD = re.compile(
    r"(?:[^\W_]|[\u00ad\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    r"\u0900-\u0963\u0970-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u200b-\u200f])++"
)
# Every byte but ASCII letters (in lower case) and digits is a space.
_ASCII = bytes(
    ord(chr(byte).lower()) if byte < 0x80 and chr(byte).isalnum() else 0x20 for byte in range(256)
)
# Name of the error handler that writes words in ASCII.
_HANDLER = "quire-words"
# Letters in a row that ASCII lacks: words of Latin letters have few, and what is kept is bounded.
_LONGEST_RUN = 64
# Folding a word takes as long as looking up thirty; words repeat.
_folded = lru_cache(maxsize=50_000)(fold)


def plain(text: str) -> str:
    """Return the words of `text` without case, accents and marks, with one space around each.

    >>> plain("SOP-017: Größe")
    ' sop 017 grosse '
    """
    try:
        letters = text.encode("ascii", _HANDLER)
    except UnicodeEncodeError:
        found = _WORD.findall(text)
        words = [word.lower() if word.isascii() else _folded(word) for word in found]
    else:
        words = letters.translate(_ASCII).decode().split()
    return f" {' '.join(words)} "


@lru_cache(maxsize=10_000)
def _in_ascii(run: str) -> str | None:
    """Return other characters as their ASCII letters and digits, with a space for those of no word.

    None: some letters have none.
    """
    pieces: list[str] = []
    end = 0
    for found in _WORD.finditer(run):
        folded = fold(found[0])
        if folded and not (folded.isascii() and folded.isalnum()):
            return None
        pieces.append(f"{' ' * (found.start() > end)}{folded}")
        end = found.end()
    return f"{''.join(pieces)}{' ' * (len(run) > end)}"


def _replaced(error: UnicodeError) -> tuple[str, int]:
    """Write a run of letters that ASCII lacks; UnicodeEncodeError: it can't be written so."""
    assert isinstance(error, UnicodeEncodeError)
    run = error.object[error.start : error.end]
    found = _in_ascii(run) if len(run) <= _LONGEST_RUN else None
    if found is None:
        raise error
    return found, error.end


codecs.register_error(_HANDLER, _replaced)


def has_unspaced(text: str) -> bool:
    """Return whether `text` has a letter of a script without spaces between words."""
    return not text.isascii() and _UNSPACED.search(text) is not None
