"""Decides which cell of a ruled table a word belongs to, and whether the text is cells at all.

Text may be wider than its cell: it is printed over the edge, and all of it belongs to the cell in
which most of it stands.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.extractor.document import Box

# In heights of the word; the space between words is a quarter, the padding of two cells more.
_WORD_SPACE = 0.32
_MIN_LETTER_WIDTH = 0.12  # of the height; an "i" has twice that, a rotated word far less
_OVER_EDGE = 1.0  # points on both sides of an edge; less is rounding or an italic letter
# Share of the neighbouring cells whose texts follow each other like words: frames around parts of a
# sentence, as links and highlights have.
_MAX_RUNNING_SHARE = 0.6

_LEADERS = re.compile(r"(?<![\s.])\s{0,3}(?:(?<=\s)\.{2,}|\.{4,}|(?:\s\.){3,})\s{0,3}$")


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its box; sequences of words are in reading order."""

    text: str
    box: Box

    @property
    def centre(self) -> float:
        return (self.box[0] + self.box[2]) / 2

    @property
    def middle(self) -> float:
        return (self.box[1] + self.box[3]) / 2

    @property
    def height(self) -> float:
        return self.box[3] - self.box[1]


def without_leaders(text: str) -> str:
    """Return the text of a cell without the dots that lead to the next one.

    >>> without_leaders("Sterling Drug, Inc ...............")
    'Sterling Drug, Inc'
    """
    return _LEADERS.sub("", text)


def text_lines(words: Sequence[Word]) -> list[list[Word]]:
    """Group words by line of text, top down."""
    levels: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.middle):
        if levels and word.middle - levels[-1][-1].middle < 0.5 * word.height:
            levels[-1].append(word)
        else:
            levels.append([word])
    return levels


def interval(edges: Sequence[float], point: float) -> int:
    """Return the index of the interval around `point`; the nearest one for a point outside."""
    return bisect_right(edges, point, 1, len(edges) - 1) - 1


def columns_of(words: Sequence[Word], xs: Sequence[float]) -> list[int]:
    """Return the column of each word; words a space apart have that of their larger part."""
    columns = [interval(xs, word.centre) for word in words]
    start = 0
    for end in range(1, len(words) + 1):
        if end < len(words) and _follows(words[end - 1], words[end]):
            continue
        run = words[start:end]
        if _is_over_edge(run, columns[start:end], xs):
            columns[start:end] = [_widest(run, xs)] * len(run)
        start = end
    return columns


def _is_over_edge(run: Sequence[Word], columns: Sequence[int], xs: Sequence[float]) -> bool:
    """Return whether a run is printed over an edge: a word is, or two words on both sides of it.

    Numbers and signs that close to each other are those of two cells.
    """
    if any(is_over(word, x) for word in run for x in xs[1:-1]):
        return True
    letters = [any(map(str.isalpha, word.text)) for word in run]
    sides = zip(pairwise(columns), pairwise(letters), strict=True)
    return any(one != other and all(named) for (one, other), named in sides)


def is_over(word: Word, x: float) -> bool:
    """Return whether a word is printed across the vertical line at `x`."""
    return word.box[0] < x - _OVER_EDGE and word.box[2] > x + _OVER_EDGE


def are_running_words(words: Sequence[Word], cell_of: Callable[[Word], object]) -> bool:
    """Return whether the texts of most neighbouring cells follow each other like words."""
    beside, running = 0, 0
    for line in text_lines(words):
        for left, right in pairwise(sorted(line, key=lambda word: word.box[0])):
            named = all(any(map(str.isalnum, word.text)) for word in (left, right))
            if named and cell_of(left) != cell_of(right):
                beside += 1
                running += _follows(left, right)
    return beside > 0 and running > _MAX_RUNNING_SHARE * beside


def _follows(left: Word, right: Word) -> bool:
    """Return whether the second word stands behind the first one, a word space apart."""
    if not (_is_upright(left) and _is_upright(right)):
        return False
    level = abs(left.middle - right.middle) < 0.5 * max(left.height, right.height)
    gap = right.box[0] - left.box[2]
    return level and -_WORD_SPACE * left.height < gap < _WORD_SPACE * left.height


def _is_upright(word: Word) -> bool:
    """Return whether a word is set horizontally: its letters are not much narrower than high."""
    return word.box[2] - word.box[0] > _MIN_LETTER_WIDTH * word.height * len(word.text)


def _widest(run: Sequence[Word], xs: Sequence[float]) -> int:
    """Return the column that has the largest part of a run of words."""
    left, right = min(word.box[0] for word in run), max(word.box[2] for word in run)
    return max(range(len(xs) - 1), key=lambda at: min(right, xs[at + 1]) - max(left, xs[at]))
