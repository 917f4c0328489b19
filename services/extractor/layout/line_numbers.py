"""Removes the numbers of lines that transcripts, contracts and bills print in a margin."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from services.extractor.layout.lines import Line

_NUMBER = re.compile(r"\s{0,9}(\d{1,4})\s{0,9}$")
_MIN_NUMBERS = 8  # on a page; fewer are the marks of a list
_ALIGNED = 12.0  # points between the right edges of numbers with one and with four digits
_EVEN = 0.35  # of the usual distance; numbered lines are evenly spaced, the items of a list are not


def without_line_numbers(lines: Sequence[Line]) -> list[Line]:
    """Return the lines without a column of numbers at the left or right of all other text."""
    numbered = [line for line in lines if line.embedded_block is None and _NUMBER.match(line.text)]
    if len(numbered) < _MIN_NUMBERS:
        return list(lines)
    for at_left in (True, False):
        column = _column(numbered, at_left=at_left)
        taken = {id(line) for line in column}
        rest = [line for line in lines if id(line) not in taken and line.text.strip()]
        if _counts(column) and rest and _stands_beside(column, rest, at_left=at_left):
            return [line for line in lines if id(line) not in taken]
    return list(lines)


def _column(numbered: Sequence[Line], *, at_left: bool) -> list[Line]:
    """Return the outermost numbers, top down, that are aligned with each other."""
    edge = min(line.x1 for line in numbered) if at_left else max(line.x0 for line in numbered)
    near = (line for line in numbered if abs((line.x1 if at_left else line.x0) - edge) <= _ALIGNED)
    return sorted(near, key=lambda line: line.middle)


def _counts(column: Sequence[Line]) -> bool:
    """Return whether the numbers rise in even steps of number and height."""
    if len(column) < _MIN_NUMBERS:
        return False
    values = [int(found[1]) for line in column if (found := _NUMBER.match(line.text))]
    steps = {below - above for above, below in pairwise(values)}
    gaps = [below.middle - above.middle for above, below in pairwise(column)]
    usual = sorted(gaps)[len(gaps) // 2]
    uneven = sum(abs(gap - usual) > _EVEN * usual for gap in gaps)
    return len(steps) == 1 and steps <= {1, 2, 5, 10} and uneven <= len(gaps) // 10


def _stands_beside(column: Sequence[Line], rest: Sequence[Line], *, at_left: bool) -> bool:
    """Return whether nearly all other text is on one side of the column, as a table's is not.

    The numbers of a table's rows stand beside rows of several cells, those of lines beside text.
    """
    top, bottom = column[0].y0, column[-1].y1
    level = [line for line in rest if top <= line.middle <= bottom]
    beside = [
        line for line in level if (line.x0 > column[0].x0 if at_left else line.x1 < column[0].x1)
    ]
    return bool(level) and len(beside) == len(level) and len(level) <= 1.5 * len(column)
