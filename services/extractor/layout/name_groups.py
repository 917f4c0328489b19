"""Finds the columns that each name of a table's head stands over.

A name over several columns is printed above their middle. Names of one row share out the columns in
order, so that each stands as near to the middle of its own ones as it can.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import inf
from statistics import median
from typing import NamedTuple

from services.extractor.layout.lines import Line

Span = tuple[float, float]
"""Left and right, in points."""

# Of the distance of columns: one column more would move the middle of a name's columns by half.
_OFF = 0.3  # by which a name may be off the middle of its columns
_ALONE_OFF = 0.5  # the same without another name beside it
_UNNAMED = 0.35  # what it costs to leave a column without a name
_REACH = 0.6  # widths of a name by which it may be beside the middle of its column
_MIN_REACH = 12.0  # points; a short name stands at one side of its column
_MAX_COLUMNS = 60  # more come from a drawing; the work grows with their square


class Name(NamedTuple):
    """The text of a name, which may be printed in several lines, and its left and right."""

    text: str
    left: float
    right: float


def names_of(lines: Sequence[Line]) -> list[Name]:
    """Return the names of a row from the left; lines above each other are one name."""
    groups: list[list[Line]] = []
    reach = float("-inf")
    for line in sorted(lines, key=lambda line: line.x0):
        if groups and line.x0 < reach:
            groups[-1].append(line)
        else:
            groups.append([line])
        reach = max(reach, line.x1)
    return [_named(group) for group in groups]


def _named(group: Sequence[Line]) -> Name:
    ordered = sorted(group, key=lambda line: line.middle)
    left, right = min(line.x0 for line in group), max(line.x1 for line in group)
    return Name(" ".join(line.text.strip() for line in ordered), left, right)


def spread(names: Sequence[Name], columns: Sequence[Span]) -> list[int | None]:
    """Return for each column the index of the name that stands over it; None without one.

    The names share out all columns but the first ones, which may be those of row names. If they
    can't, each of them stands over the columns that it covers, or over the nearest one.
    """
    nothing: list[int | None] = [None] * len(columns)
    if not names or not 0 < len(columns) <= _MAX_COLUMNS:
        return nothing
    if len(names) == 1 and names[0].text.startswith("("):
        return [0] * len(columns)  # a unit
    gaps = [right[0] + right[1] - left[0] - left[1] for left, right in pairwise(columns)]
    gap = abs(median(gaps)) / 2 if gaps else 0.0
    shared = _share_out(names, columns, gap * (_ALONE_OFF if len(names) == 1 else _OFF), gap)
    covered = [_covered(name, columns) for name in names]
    if shared and not (_are_single(names, columns, covered) and not _is_even(shared)):
        return shared
    for number, below in enumerate(covered):
        for column in below:
            nothing[column] = number
    return nothing


def _are_single(
    names: Sequence[Name], columns: Sequence[Span], covered: Sequence[Sequence[int]]
) -> bool:
    """Return whether each name fits above one column, as a line of a longer name does."""
    return all(
        len(below) == 1 and name.right - name.left <= columns[below[0]][1] - columns[below[0]][0]
        for name, below in zip(names, covered, strict=True)
    )


def _is_even(shared: Sequence[int | None]) -> bool:
    """Return whether all columns have names, each as many as another one; the first may have less.

    The line in the middle of three columns may be one of a name of one column.
    """
    if None in shared:
        return False
    sizes = list(Counter(shared).values())
    return len(set(sizes[1:])) <= 1 and sizes[0] <= sizes[-1]


def _share_out(
    names: Sequence[Name], columns: Sequence[Span], most: float, gap: float
) -> list[int | None]:
    """Return the index of the name over each column, the names at most `most` off; [] if none."""
    # costs[j]: the least one of the names so far over the columns before j; begins[i][j]: where
    # the columns of name i begin if they end there.
    costs = [_UNNAMED * gap * at for at in range(len(columns) + 1)]
    begins: list[list[int]] = []
    for name in names:
        new, begin = [inf] * len(costs), [0] * len(costs)
        for end in range(1, len(costs)):
            for start in range(end):
                off = _distance(name, columns[start:end])
                if off <= most and costs[start] + off < new[end]:
                    new[end], begin[end] = costs[start] + off, start
        costs = new
        begins.append(begin)
    if costs[-1] == inf:
        return []
    found: list[int | None] = [None] * len(columns)
    end = len(columns)
    for number in range(len(names) - 1, -1, -1):
        start = begins[number][end]
        found[start:end] = [number] * (end - start)
        end = start
    return found


def _distance(name: Name, columns: Sequence[Span]) -> float:
    """Return how far a name is from the middle of its columns; infinite beside them."""
    left, right = columns[0][0], columns[-1][1]
    if name.right < left or name.left > right:
        return inf
    middle = abs((left + right) - (name.left + name.right)) / 2
    if len(columns) > 1:
        return middle
    return min(middle, abs(left - name.left), abs(right - name.right))


def _covered(name: Name, columns: Sequence[Span]) -> list[int]:
    """Return the columns whose middle is below a name, or else the nearest one within reach."""
    centres = [(left + right) / 2 for left, right in columns]
    below = [at for at, centre in enumerate(centres) if name.left <= centre <= name.right]
    if below:
        return below
    off = [max(centre - name.right, name.left - centre) for centre in centres]
    nearest = off.index(min(off))
    return [nearest] if off[nearest] <= max(_REACH * (name.right - name.left), _MIN_REACH) else []
