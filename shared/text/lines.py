"""Decides which line breaks of a paragraph end a sentence, and which only wrap one. No I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

# At most 32 white-space characters before a mark: a longer indent is a drawing made of letters.
_ITEM = re.compile(
    r"\s{0,32}(?:[-*+•●○–▪▫■◦‣⁃·➢]|\(?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[a-zA-Z]|[ivxIVX]{1,5})[.)])\s"
)
_BULLET = re.compile(r"\s{0,32}[•●○▪▫■◦‣⁃➢]")
_BOLD = re.compile(r"\s{0,3}(\*\*|__)(?=\S)(?:(?!\1).){1,300}+\1[:：]?\s{0,8}$")
# A key of up to 60 characters and its value; a code, a date or a clause number first; columns; an
# assignment; a term and a spaced dash.
_ROW = re.compile(
    r"[^\w\s]{0,4}\w[^:：.!?]{0,59}(?::\*{0,2}\s|：)\s*+\S"
    r"|(?=[^\s\d]{0,20}\d)(?=\S{0,20}[A-Z./-])[A-Z0-9][\w./:-]{1,40}[,;]?\s++\S"
    r"|\S.{0,80}?(?:\t| {3,}+|\.{4}| \. \. \.)\s*+\S"
    r"|\w[^=]{0,40} = \S"
    r"|[A-Z0-9][^–—-]{0,40} [–—-] \S.{0,60}$"
)
# A line is short if the next word had fitted into this share of the longest line; proportional
# type makes lines of one width differ by up to a fifth in characters.
_FULL_LINE = 0.8
_LIST_LINE = 40  # characters; prose is set wider, so three such lines in capitals are a list


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a paragraph without white space around it.

    `printed`: its end is a line end of the page, not a line break of the file.
    """

    start: int
    end: int
    text: str
    printed: bool = False


def is_item(text: str) -> bool:
    """Return whether a text begins with a bullet or a list number."""
    return _ITEM.match(text) is not None


def item_mark_end(text: str) -> int:
    """Return the offset behind the bullet or list number of an item; 0 without one."""
    found = _ITEM.match(text)
    return found.end() if found else 0


def is_bold_line(text: str) -> bool:
    """Return whether a Markdown line is bold as a whole and no statement, like a run-in heading."""
    if "**" not in text and "__" not in text:
        return False
    return _BOLD.match(text) is not None and not text.rstrip(" *_").endswith((".", "!", ";", ","))


def lines_of(text: str, printed_ends: Sequence[int] = ()) -> list[Line]:
    """Return the lines of a text that are not blank, cut at its line breaks and `printed_ends`."""
    cuts = {found.end(): False for found in re.finditer(r"\n", text)}
    cuts = {end: True for end in printed_ends if 0 < end < len(text)} | cuts
    lines: list[Line] = []
    for start, end in pairwise([0, *sorted(cuts), len(text)]):
        part = text[start:end]
        bare = part.strip()
        if bare:
            begin = start + len(part) - len(part.lstrip())
            lines.append(Line(begin, begin + len(bare), bare, cuts.get(end, False)))
    return lines


def separations(text: str, lines: Sequence[Line]) -> list[bool]:
    """Return for each line but the first whether it begins a new sentence."""
    rows = [_ROW.match(line.text) is not None for line in lines]
    runs = [
        row and (above or below)
        for above, row, below in zip([False, *rows], rows, [*rows[1:], False], strict=False)
    ]
    width = max((len(line.text) for line in lines), default=0)
    listed = len(lines) > 2 and width <= _LIST_LINE and all(map(_is_new, lines))
    listed = listed and not any(line.printed for line in lines)
    return [
        listed
        or text.count("\n", above.end, line.start) > 1
        or runs[at + 1]
        or (runs[at] and _is_new(line))
        or _separates(above, line, width)
        for at, (above, line) in enumerate(pairwise(lines))
    ]


def _separates(above: Line, line: Line, width: int) -> bool:
    """Return whether `line` does not continue the line above it."""
    if _BULLET.match(line.text) or (not above.printed and is_item(line.text)):
        return True
    if is_bold_line(above.text) or is_bold_line(line.text):
        return True
    if above.text.endswith((":", "：")):
        return not above.printed or _is_new(line)
    if above.text.endswith((",", "-", "‐")) or not _is_new(line):
        return False
    word = line.text.split(None, 1)[0]
    return len(above.text) + 1 + len(word) < _FULL_LINE * width


def _is_new(line: Line) -> bool:
    """Return whether a line begins as a sentence may: with a capital, a digit or a sign."""
    return not line.text[:1].islower()
