"""Finds rows and columns that a ruled table leaves without lines: it may rule off only its head.

Values that stand in one cell above each other belong to rows of their own, which begin at their
baselines; the columns of the head go on below it if the text leaves them white.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from services.extractor.layout.cell_words import Word, columns_of, interval, is_over, text_lines

_FEW_ROWS = 3  # a grid of at most three rows may rule off only its head
_FULL = 0.6  # of the columns; the lines of wrapped cells fill fewer
_MIN_STACKED = 4  # values above each other; three may be the lines of one wrapped cell
_VALUES_SHARE = 0.8  # of the lines in a column; the others are titles and wrapped notes
_MAX_CROSSING_SHARE = 0.25  # of the lines; long entries cross an edge, prose does so on most lines
_OVERLAP = 1.6  # heights; lines of one text are at least 0.9 of their height apart
_NEAR_EDGE = 0.25  # line spacings; the middle of a text is so near to an edge if it has two rows
_VALUE = re.compile(r"[^\w\s]{0,3}\d[\d.,:/\s–-]{0,24}[^\w\s]{0,3}[A-Z]{0,3}$")


def column_edges(words: Sequence[Word], inner: Sequence[float]) -> list[float]:
    """Return the x of `inner` that the lines of a band leave white; [] if none parts its text."""
    levels = text_lines(words)
    if len(levels) < _MIN_STACKED:
        return []
    kept: list[float] = []
    parting = False
    for x in inner:
        crossing = sum(any(is_over(word, x) for word in level) for level in levels)
        beside = sum(
            any(word.box[2] <= x for word in level) and any(word.box[0] >= x for word in level)
            for level in levels
        )
        if crossing <= _MAX_CROSSING_SHARE * len(levels):
            kept.append(x)
            parting |= 3 * beside >= len(levels)
    return kept if parting else []


def row_edges(
    words: Sequence[Word], xs: Sequence[float], rows: int
) -> Iterator[tuple[float, float, float]]:
    """Yield (y, left, right) of the edges between the rows of a band of a grid of `rows` rows.

    A text in the middle between two lines belongs to both rows.
    """
    levels = text_lines(words)
    strict = rows > _FEW_ROWS
    numbered = _numbered(levels, xs)
    if numbered:
        starts = numbered
    elif _are_rows(levels, xs, strict=strict):
        starts = [
            level
            for at, level in enumerate(levels)
            if not at or not _continues(levels[at - 1], level, xs)
        ]
    else:
        starts = _stacked(levels, xs)
    begins = {id(level): before for before, level in pairwise(starts)}
    for above, below in pairwise(levels):
        if id(below) in begins:
            first, last, end = map(_middle, (begins[id(below)], above, below))
            # A line that overlaps the two around it stands in the middle of their cells.
            if end - first < _OVERLAP * max(word.height for word in below):
                last = first
            y = (last + end) / 2
            over = [word for word in words if abs(word.middle - y) < _NEAR_EDGE * (end - last)]
            shared = set(columns_of(over, xs))
            for column, (left, right) in enumerate(pairwise(xs)):
                if column not in shared:
                    yield y, left, right


def _middle(level: Sequence[Word]) -> float:
    return median(word.middle for word in level)


def _numbered(levels: Sequence[list[Word]], xs: Sequence[float]) -> list[list[Word]]:
    """Return the lines that fill most columns, with numbers in the same ones; [] for less than two.

    Wrapped cells seldom have numbers at the same places in each of their lines.
    """
    columns = len(xs) - 1
    filled = [{interval(xs, word.centre) for word in level} for level in levels]
    full = [at for at, found in enumerate(filled) if len(found) > _FULL * columns]
    rest = [found for at, found in enumerate(filled) if at not in full]
    if columns < _FEW_ROWS or len(full) < 2 or full[0] > 1:
        return []
    if any(len(found) > 1 for found in rest) or len(rest) > len(full):
        return []
    numbers = [
        {interval(xs, word.centre) for word in levels[at] if any(map(str.isdigit, word.text))}
        for at in full
    ]
    shared = set.intersection(*numbers)
    return [levels[at] for at in full] if len(shared) > 0.5 * (columns - 1) else []


def _are_rows(levels: Sequence[list[Word]], xs: Sequence[float], *, strict: bool) -> bool:
    """Return whether lines of text fill most columns, unlike the lines of wrapped cells."""
    columns = len(xs) - 1
    filled = [len({interval(xs, word.centre) for word in level}) for level in levels]
    # A line of text is a row of its own if it fills more than 60 % of the columns: the lines of
    # a wrapped cell fill one or two.
    full = sum(count > 0.6 * columns for count in filled)
    if strict:
        return columns >= 4 and len(levels) >= 2 and full == len(levels)
    return len(levels) >= 3 and full >= 0.6 * len(levels)


def _continues(above: Sequence[Word], level: Sequence[Word], xs: Sequence[float]) -> bool:
    """Return whether a line goes on in one cell of the line above it, which is not its first."""
    columns = {interval(xs, word.centre) for word in level}
    filled = {interval(xs, word.centre) for word in above}
    return len(columns) == 1 and 0 not in columns and columns < filled


def _stacked(levels: Sequence[list[Word]], xs: Sequence[float]) -> list[list[Word]]:
    """Return the lines with a value in the column that has most of them above each other."""
    columns: dict[int, list[tuple[list[Word], str]]] = {}
    for level in levels:
        line = sorted(level, key=lambda word: word.box[0])
        texts: dict[int, list[str]] = {}
        for word, column in zip(line, columns_of(line, xs), strict=True):
            texts.setdefault(column, []).append(word.text)
        for column, parts in texts.items():
            columns.setdefault(column, []).append((level, " ".join(parts)))
    best: list[list[Word]] = []
    for entries in columns.values():
        valued = [level for level, text in entries if _VALUE.match(text)]
        if len(valued) >= _VALUES_SHARE * len(entries) and len(valued) > len(best):
            best = valued
    if len(best) < _MIN_STACKED:
        return []
    # What stands above the first value is its title.
    return best if best[0] is levels[0] else [levels[0], *best]
