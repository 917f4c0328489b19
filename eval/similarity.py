"""Similarity of tables and of headings: what is left after the cheapest edits, from 0 to 1.

`teds` follows Zhong, ShafieiBavani and Jimeno Yepes, "Image-based table recognition: data, model,
and evaluation" (ECCV 2020): a table is a tree of rows and cells, an inserted or deleted node costs
1, and a changed cell the share of its letters that change. Nodes are matched with nodes of their
depth only, as rows never become cells. `mhs` compares the headings of a text in order, without
levels, in the same way.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import chain
from typing import TypeVar

Table = tuple[tuple[str, ...], ...]
"""The cells of a table by row."""

_MAX_TEXT = 200  # letters of a cell that are compared; bounds the time
Part = TypeVar("Part")


def teds(known: Sequence[Table], read: Sequence[Table]) -> float:
    """Return the mean similarity of the known tables to the read ones; NaN without a known one.

    Each read table is compared with one known table; a known one that is left has 0.

    >>> teds([(("a", "b"), ("1", "2"))], [(("a", "b"), ("1", "2"))])
    1.0
    >>> round(teds([(("a", "b"), ("1", "2"))], [(("a", "b"),)]), 2)
    0.57
    """
    if not known:
        return math.nan
    left = list(read)
    total = 0.0
    for table in sorted(known, key=len, reverse=True):
        nearest = max(left, key=lambda other: _common(table, other), default=None)
        if nearest is not None and _common(table, nearest):
            left.remove(nearest)
            total += 1 - _table_distance(table, nearest) / max(_size(table), _size(nearest))
    return total / len(known)


def mhs(known: Sequence[str], read: Sequence[str]) -> float:
    """Return how similar the headings are, in order; NaN without known ones.

    >>> mhs(["scope", "terms"], ["scope", "terms", "fees"])
    0.6666666666666667
    """
    if not known:
        return math.nan
    distance = _distance(known, read, _text_distance, lambda _: 1.0)
    return 1 - distance / max(len(known), len(read))


def _size(table: Table) -> int:
    return 1 + len(table) + sum(map(len, table))


def _common(table: Table, other: Table) -> int:
    return (Counter(chain(*table)) & Counter(chain(*other))).total()


def _table_distance(table: Table, other: Table) -> float:
    return _distance(table, other, _row_distance, lambda row: 1.0 + len(row))


@lru_cache(maxsize=50_000)
def _row_distance(row: tuple[str, ...], other: tuple[str, ...]) -> float:
    return _distance(row, other, _text_distance, lambda _: 1.0)


@lru_cache(maxsize=200_000)
def _text_distance(text: str, other: str) -> float:
    """Return the share of the longer text's letters that differ."""
    if text == other:
        return 0.0
    first, second = text[:_MAX_TEXT], other[:_MAX_TEXT]
    changed = _distance(first, second, lambda a, b: float(a != b), lambda _: 1.0)
    return changed / max(len(first), len(second), 1)


def _distance(
    parts: Sequence[Part],
    others: Sequence[Part],
    change: Callable[[Part, Part], float],
    alone: Callable[[Part], float],
) -> float:
    """Return the cost of the cheapest edits; `alone` is that of a part without a counterpart."""
    above = [0.0]
    for other in others:
        above.append(above[-1] + alone(other))
    for part in parts:
        row = [above[0] + alone(part)]
        for at, other in enumerate(others):
            row.append(
                min(
                    above[at] + change(part, other),
                    above[at + 1] + alone(part),
                    row[at] + alone(other),
                )
            )
        above = row
    return above[-1]
