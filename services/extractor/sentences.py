"""Where sentences end, for cutting and quoting; small, and right for most European and CJK text."""

from __future__ import annotations

import re

_END = re.compile(
    r"""(?:(?P<dot>\.)|[!?…؟\u06d4।])      # a mark that may end a sentence,
        ["'”\u2019»)\]]*                  # with the closing quotes that belong to it,
        (?=\s)                           # if white space follows
      | [。\uff01\uff1f][」』\uff09”\u2019"]*   # full-width marks need no space
    """,
    re.VERBOSE,
)
_LAST_WORD = re.compile(r"(\S+)$")
_NEXT_CHAR = re.compile(r"\s+[\"'“\u2018«(\[¿¡•\u2013—-]*(\S)")
_ABBREVIATION = re.compile(
    r"al|approx|art|ca|cf|ch|co|corp|dept|dr|ed|eds|eq|eqs|etc|e\.g|ex|fig|figs|i\.e|"
    r"inc|jr|lit|ltd|max|min|mr|mrs|ms|no|nos|nr|op|p|para|pp|prof|ref|refs|resp|rev|"
    r"sec|st|tab|u\.s|v|viz|vol|vs|bd|bzw|d\.h|evtl|ggf|inkl|s|sog|std|u\.a|usw|vgl|"
    r"z\.b|zzgl|av|c\.-à-d|env|m|mme|mm"
)


def sentence_ends(text: str) -> list[int]:
    """Offsets just behind each sentence of `text`, in order; its own end is not among them."""
    return [found.end() for found in _END.finditer(text) if _ends(text, found)]


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
    """True for "Fig", "e.g" and the initial "J" but not for a number or an ordinary word."""
    bare = word.lstrip("([\"'“\u2018«").lower()
    if len(bare) == 1:
        return bare.isalpha()
    return bool(_ABBREVIATION.fullmatch(bare))
