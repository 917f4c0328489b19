"""Finds columns that a ruled table leaves without lines inside one of its ruled columns.

Tables of papers rule off groups of columns only. The text of such a group leaves the same gaps
white in nearly all of its lines; the name of a group crosses them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from math import inf
from statistics import median

from services.extractor.layout.cell_words import Word, text_lines

_GAP = 0.7  # heights of the words; the space between words is a quarter, stretched ones a half
_MIN_LINES = 3  # in one ruled column; two may break at one place by chance
_MIN_ENTRIES = 2  # on each side of a gap

_NO_VALUE = ("-", "–", "—")

Span = tuple[float, float]


def inner_edges(words: Sequence[Word], left: float, right: float) -> list[float]:
    """Return the x between `left` and `right` at which the lines of a ruled column break."""
    lines = [runs_of(level) for level in _within(words, left, right)]
    if len(lines) < _MIN_LINES or max(map(len, lines)) < 2:
        return []
    broken = [line for line in lines if len(line) > 1]
    # The name of a group is not broken; few broken lines say less than all others.
    telling = broken if len(broken) >= _MIN_LINES else lines
    height = max(word.height for word in words)
    return [
        (start + end) / 2
        for start, end in _white(run for line in telling for run in line)
        if end - start >= _GAP * height and _parts(lines, (start + end) / 2)
    ]


def are_broken(words: Sequence[Word], left: float, right: float) -> bool:
    """Return whether the texts of a ruled column stand beside each other."""
    return len(runs_of([word for word in words if left <= word.centre <= right])) > 1


def title_edges(
    words: Sequence[Word], unruled: Collection[Span]
) -> Iterator[tuple[float, float, float]]:
    """Yield (y, left, right) of the edges below names of groups, which stand above broken lines."""
    for above, below in pairwise(text_lines(words) if unruled else ()):
        y = sum(median(word.middle for word in level) for level in (above, below)) / 2
        for left, right in unruled:
            named = any(left <= word.centre <= right for word in above)
            if named and not are_broken(above, left, right) and are_broken(below, left, right):
                yield y, left, right
        return  # names of groups are the first line


def crosses(words: Sequence[Word], left: float, right: float, x: float) -> bool:
    """Return whether a text of a ruled column stands across `x`."""
    return any(
        start < x < end for level in _within(words, left, right) for start, end in runs_of(level)
    )


def runs_of(level: Sequence[Word]) -> list[Span]:
    """Return left and right of texts that are more than a word space apart; signs are none."""
    runs: list[Span] = []
    for word in sorted(filter(_is_text, level), key=lambda word: word.box[0]):
        start, end = word.box[0], word.box[2]
        if runs and start - runs[-1][1] < _GAP * word.height:
            runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
        else:
            runs.append((start, end))
    return runs


def _is_text(word: Word) -> bool:
    return word.text in _NO_VALUE or any(map(str.isalnum, word.text))


def _within(words: Sequence[Word], left: float, right: float) -> list[list[Word]]:
    return text_lines([word for word in words if left <= word.centre <= right])


def _white(runs: Iterable[Span]) -> Iterator[Span]:
    """Yield the gaps between runs that none of them crosses."""
    reach = inf
    for start, end in sorted(runs):
        if start > reach:
            yield reach, start
        reach = end if reach == inf else max(reach, end)


def _parts(lines: Sequence[Sequence[Span]], x: float) -> bool:
    """Return whether lines have texts on both sides of `x`, and one of them on both at once."""
    before = sum(any(end <= x for _, end in line) for line in lines)
    behind = sum(any(start >= x for start, _ in line) for line in lines)
    both = sum(
        any(end <= x for _, end in line) and any(start >= x for start, _ in line) for line in lines
    )
    return both > 0 and min(before, behind) >= _MIN_ENTRIES
