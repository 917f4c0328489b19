"""Joins printed lines to a text: broken words, compounds, codes, scripts without spaces.

A hyphen at a line end is dropped only where the joined word is one. The document's own words
decide: the joined word, then the word with its hyphen, then its parts. Codes, numbers and dates
keep theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+){0,5}")
_LAST_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]{1,40}(?:[-\u2010][^\W\d_]{1,40}){0,5}[-\u2010]$")
_BROKEN = re.compile("\\S{0,60}[-\u2010]\n\\S{1,60}")  # both parts of a word broken at a line end
_PUNCTUATION = ("", ",", ".", ";", ":", ")", "”", '"')  # that may follow a word
_MAX_TAIL = 300  # characters; longer than a word, so that a long text is not searched each time
_HYPHENS = "-\u2010"
_DASHES = "-\u2010\u2011\u2013"
_CJK = re.compile("[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
# "pre- and post-war": the hyphen stands for the second part of the word.
_CONJUNCTION = re.compile(r"(?:and|or|to|und|oder|bis|et|ou|y|o|e|en|of|och|og)\b")
_MIN_PART = 3  # letters; shorter parts, such as "in" and "re", begin many broken words
_MIN_PREFIX = 4  # letters; "for-" and "con-" begin more broken words than compounds
_MAX_WORDS = 200_000  # bounds memory; a document of ten thousand pages has fewer different words


class Words:
    """Knows the words that a document has used so far."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._known = set(words)
        self._prefixes: set[str] = set()

    def learn(self, text: str) -> None:
        """Add the words of lines, without those that a line's end breaks."""
        if len(self._known) < _MAX_WORDS:
            whole = _BROKEN.sub(" ", text) if "-\n" in text or "\u2010\n" in text else text
            found = whole.lower().split()
            self._known.update(found)
            self._prefixes.update(word.partition("-")[0] for word in found if "-" in word)

    def knows(self, word: str) -> bool:
        bare = word.lower()
        return any(bare + sign in self._known for sign in _PUNCTUATION)

    def keeps_hyphen(self, before: str, after: str) -> bool:
        """Return whether a word broken into `before` and `after` is a compound with a hyphen."""
        first, last = before.lower(), after.lower()
        if self.knows(f"{first}-{last}"):
            return True
        # "over-" begins compounds of this document, as in "over-extension".
        if len(first) >= _MIN_PREFIX and first in self._prefixes and self.knows(first):
            return True
        parts = (first.rpartition("-")[2], last)
        return all(len(part) >= _MIN_PART and self.knows(part) for part in parts)


_NO_WORDS = Words()


def join(text: str, more: str, words: Words = _NO_WORDS, *, glued: bool = False) -> str:
    """Return two lines as one text; with `glued` the break is inside a Korean word."""
    if not text or not more:
        return text + more
    if text[-1] in _DASHES and text[-2:-1].isalnum():
        return _over_hyphen(text, more, words)
    if _CJK.match(text[-1]) and _CJK.match(more[0]):
        return text + more
    if glued and _HANGUL.match(text[-1]) and _HANGUL.match(more[0]):
        return text + more
    return f"{text} {more}"


def joined(texts: Iterable[str], words: Words = _NO_WORDS) -> str:
    """Return all lines joined to one text."""
    whole = ""
    for text in texts:
        whole = join(whole, text, words)
    return whole


def _over_hyphen(text: str, more: str, words: Words) -> str:
    if not more[0].isalnum() or _CONJUNCTION.match(more):
        return f"{text} {more}"
    before, after = _LAST_WORD.search(text[-_MAX_TAIL:]), _WORD.match(more)
    if before is None or after is None:
        return text + more
    stem = before[0][:-1]
    if words.knows(stem + after[0]):
        return text[:-1] + more
    # A word with another hyphen is a compound, such as "state-of-the-art"; so are two names.
    compound = more[0].isupper() or any(sign in stem for sign in _HYPHENS)
    return text + more if compound or words.keeps_hyphen(stem, after[0]) else text[:-1] + more
