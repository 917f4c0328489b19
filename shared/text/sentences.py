"""Splits text into sentences by rules, for most European languages, Hindi, Urdu and CJK."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

_END = re.compile(
    r"""(?:(?P<dot>\.)|[!?…؟۔।]|\.{3})   # a mark that may end a sentence
        ["'”’»)\]]*                        # closing quotes belong to it
        (?=\s)                             # and white space follows
      | [。！？][」』）”’"]*               # full-width marks need no space
    """,
    re.VERBOSE,
)
_BREAK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*•–▪◦]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{2,4})[.)])\s)")
_LAST_WORD = re.compile(r"(\S+)$")
_NEXT_CHAR = re.compile(r"\s+[\"'“‘«(\[¿¡•–—-]*(\S)")
_ABBREVIATIONS = frozenset(
    """
    al approx art ca cf ch co corp dept dr ed eds eq eqs etc e.g ex fig figs i.e inc jr lit ltd
    max min mr mrs ms no nos nr op p para pp prof ref refs resp rev sec st tab u.s v viz vol vs
    bd bzw d.h evtl ggf inkl s sog std u.a usw vgl z.b zzgl av c.-à-d env m mme mm
    """.split()
)


def sentence_ends(text: str) -> list[int]:
    """Return the offsets at which sentences of `text` end, ascending, without `len(text)`."""
    return [found.end() for found in _END.finditer(text) if _ends(text, found)]


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of each sentence, without surrounding white space.

    An empty line, or a line break before a list item, also ends a sentence.

    >>> sentence_spans("See Fig. 2. It works.")
    [(0, 11), (12, 21)]
    """
    spans: list[tuple[int, int]] = []
    for start, end in _paragraphs(text):
        cuts = [start, *(start + cut for cut in sentence_ends(text[start:end])), end]
        spans += (_trimmed(text, *pair) for pair in pairwise(cuts))
    return [(start, end) for start, end in spans if start < end]


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for found in _BREAK.finditer(text):
        yield start, found.start()
        start = found.end()
    yield start, len(text)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())


def _ends(text: str, found: re.Match[str]) -> bool:
    if found.end() >= len(text):
        return False
    if found["dot"] is None:
        return True
    follower = _NEXT_CHAR.match(text, found.end())
    if follower is None or follower[1].islower():
        return False
    word = _LAST_WORD.search(text, max(0, found.start() - 24), found.start())
    return word is None or not _abbreviates(word[1])


def _abbreviates(word: str) -> bool:
    """Return whether a dot after `word` is part of it: "Fig", "e.g", the initial "J", not "12"."""
    bare = word.lstrip("([\"'“‘«").lower()
    if len(bare) == 1:
        return bare.isalpha()
    return bare in _ABBREVIATIONS
