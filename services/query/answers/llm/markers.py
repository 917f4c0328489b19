"""Finds the marks of sources, such as [3.2], in a text that arrives in pieces. No I/O.

Text that could become a mark is held back until it is one or can't be one. A mark becomes one
private character, `CITED` + its number, if a sentence has its id. One that names no sentence
becomes `INVENTED` + its number. The private characters of the text itself are removed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

CITED, INVENTED, _AFTER = 0xE000, 0xF000, 0xF900
MAX_MARKS = INVENTED - CITED
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_ROUND = "(（﹙⁽₍⦅｟❨❪⸨﴾﴿⟮⦇"
_LOW_QUOTES = "‚„〝⹂"
# In these a number alone is a mark too; other brackets quote numbers in some languages.
_SQUARE = "[［【〔"
# Brackets of every script, but round ones and quotation marks, which usual text has.
OPENERS = "".join(
    letter
    for letter in map(chr, range(0x10000))
    if unicodedata.category(letter) == "Ps" and letter not in _ROUND + _LOW_QUOTES
)
CLOSERS = "".join(
    letter
    for letter in map(chr, range(0x10000))
    if unicodedata.category(letter) == "Pe" and letter not in ")）﹚⁾₎⦆｠❩❫⸩﴾﴿⟯⦈〞〟"
)
_OPEN, _CLOSE = re.escape(OPENERS), re.escape(CLOSERS)
# Characters of the longest mark; `[1.1, 1.2, 2.3, 2.4]` has 20.
_LONGEST = 80
_WORDS = r"(?:sources?|sentences?|refs?|cite|quelle|satz|fuente|s)"
_INSIDE = rf"[\s^#]{{0,3}}{_WORDS}?[\s:.#]{{0,3}}[\d\s.,;:&/–—．·、，；-]{{0,{_LONGEST}}}"
# The beginning of a mark, or a whole one, with the spaces before it.
_START = re.compile(
    rf"(?P<space>[ \t]{{0,8}})(?P<open>[{_OPEN}]{{1,2}})(?P<inside>{_INSIDE})"
    rf"(?P<close>[{_CLOSE}]{{0,2}})",
    re.IGNORECASE,
)
_WORD_BEGUN = re.compile(r"[\s^#]{0,3}[a-z]{1,9}$", re.IGNORECASE)
_SPACE_OR_OPENER = re.compile(rf"[ \t{_OPEN}]")
_IDS = re.compile(
    r"(?<![\d.．·])(\d{1,4})[.．·](\d{1,4})(?:[–—-](\d{1,4})[.．·](\d{1,4}))?(?![.．·]?\d)"
)
_BARE_NUMBERS = re.compile(r"[\s^#]{0,3}\d{1,3}(?:[\s,;、，；]{1,3}\d{1,3}){0,20}\s{0,3}")
# Sentences that one range may name.
_LONGEST_RANGE = 12


def ids_in(inside: str) -> list[str]:
    """Return the ids that the inside of a pair of brackets names; a range names each of its ids.

    >>> ids_in("3.2, 4.1-4.3"), ids_in("٣.٢"), ids_in("see annex")
    (['3.2', '4.1', '4.2', '4.3'], ['3.2'], [])
    """
    found: list[str] = []
    for match in _IDS.finditer(inside):
        passage, first = int(match[1]), int(match[2])
        last = int(match[4]) if match[3] and int(match[3]) == passage else first
        last = min(last, first + _LONGEST_RANGE)
        found += [f"{passage}.{at}" for at in range(first, max(first, last) + 1)]
        if match[3] and int(match[3]) != passage:
            found.append(f"{int(match[3])}.{int(match[4])}")
    return found


@dataclass
class MarkFilter:
    """Replaces marks by private characters; `number_of` returns the citation of a known id."""

    number_of: Callable[[str], int | None]
    invented: list[str] = field(default_factory=list)
    _held: str = ""

    def feed(self, text: str, *, last: bool = False) -> str:
        """Return the text that is certain; with `last` all that is left."""
        buffer = self._held + _PRIVATE.sub("", text)
        done: list[str] = []
        at = 0
        while True:
            found = _SPACE_OR_OPENER.search(buffer, at)
            if found is None:
                done.append(buffer[at:])
                self._held = ""
                return "".join(done)
            done.append(buffer[at : found.start()])
            at = found.start()
            begun = _START.match(buffer, at)
            if begun is None:
                if not last and not buffer[at:].strip(" \t") and len(buffer) - at <= 8:
                    break
                done.append(buffer[at])
                at += 1
            elif not last and _is_open(begun, buffer):
                break
            else:
                made = self._made(begun)
                # Text in brackets that is no mark: only its opener is certain.
                done.append(begun["space"] + begun["open"] if made is None else made)
                at = begun.end("open") if made is None else _end(begun)
        self._held = buffer[at:]
        return "".join(done)

    def _made(self, begun: re.Match[str]) -> str | None:
        """Return what replaces a mark; None if it is none."""
        inside = begun["inside"]
        if not begun["close"] or not any(map(str.isdecimal, inside)):
            return None
        ids = ids_in(inside)
        numbers = [self.number_of(each) for each in ids]
        known: Sequence[int] = list(dict.fromkeys(each for each in numbers if each is not None))
        if known:
            return begun["space"] + "".join(chr(CITED + number) for number in known)
        is_bare = begun["open"][0] in _SQUARE and _BARE_NUMBERS.fullmatch(inside)
        if not ids and not is_bare:
            return None
        if len(self.invented) >= _AFTER - INVENTED - 1:
            return ""
        self.invented.append(begun.string[begun.start() : _end(begun)])
        return chr(INVENTED + len(self.invented) - 1)


def _end(begun: re.Match[str]) -> int:
    """Return where a mark ends: with as many closing brackets as it opens."""
    return begun.start("close") + min(len(begun["close"]), len(begun["open"]))


def _is_open(begun: re.Match[str], buffer: str) -> bool:
    """Return whether the next characters may still make or lengthen a mark."""
    if begun["close"]:
        return begun.end() == len(buffer) and len(begun["close"]) < len(begun["open"])
    rest = buffer[begun.end("open") :]
    if len(rest) > _LONGEST:
        return False
    return begun.end() == len(buffer) or _WORD_BEGUN.match(rest) is not None
