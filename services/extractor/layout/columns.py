"""Tells columns of prose from the columns of a table where both are drawn row by row.

The cells of a table's row begin on one baseline. In columns of prose a paragraph begins beside the
middle of another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from services.extractor.layout.lines import Line, Row, rows_of
from services.extractor.layout.paragraphs import begins_item, ends_sentence

_MIN_RUNNING_SHARE = 0.2  # of a side's rows; prose of short lines goes on in more of them
_MIN_OFFSETS = 2  # paragraphs that begin beside another one's middle; one may be a wrapped cell
_MIN_LETTERS = 14  # characters of a row on average; columns of text are not set narrower
_MAX_FRAGMENTS = 0.2  # of the rows; the rows of a table's side have several cells
_MIN_TORN = 3  # rows drawn in pieces; fewer may be corrections
_MIN_ROW = 20  # characters; a shorter row is made of labels or signs
_LEVEL = 0.4  # font sizes between baselines of one row
_NEXT_LINE = 2.0  # font sizes between the baselines of one paragraph


class _Rows(NamedTuple):
    """The rows of one side; those that continue a sentence, and those that begin a paragraph."""

    rows: list[Row]
    running: list[Row]
    starts: list[Row]


def are_side_by_side(left: Sequence[Line], right: Sequence[Line], size: float) -> bool:
    """Return whether both sides are prose whose paragraphs do not begin on common baselines."""
    one, two = _of(left, size), _of(right, size)
    if not all(_is_text(side) for side in (one, two)):
        return False
    return _offsets(one, two, size) + _offsets(two, one, size) >= _MIN_OFFSETS


def _of(lines: Sequence[Line], size: float) -> _Rows:
    rows = rows_of(lines)
    running: list[Row] = []
    starts: list[Row] = []
    for above, below in pairwise(rows):
        near = below.box[3] - above.box[3] <= _NEXT_LINE * size
        if near and below.text[:1].islower() and not ends_sentence(above.text):
            running.append(below)
        elif begins_item(below.text) or (ends_sentence(above.text) and below.text[:1].isupper()):
            starts.append(below)
    return _Rows(rows, running, starts)


def _is_text(side: _Rows) -> bool:
    count = len(side.rows)
    # A bullet is a fragment of its own, so that two are allowed in items.
    broken = sum(len(row.lines) > 1 + begins_item(row.text) for row in side.rows)
    letters = sum(len(row.text) for row in side.rows)
    return (
        broken <= _MAX_FRAGMENTS * count
        and letters >= _MIN_LETTERS * count
        and len(side.running) >= _MIN_RUNNING_SHARE * count
    )


def _offsets(one: _Rows, two: _Rows, size: float) -> int:
    """Return how many paragraphs of one side begin beside a running row of the other side."""
    heights = [row.box[3] for row in two.running]
    return sum(
        any(abs(row.box[3] - height) <= _LEVEL * size for height in heights) for row in one.starts
    )


def as_drawn(rows: Sequence[Row]) -> list[list[Row]]:
    """Return rows in one group, or in groups as the file draws them if it does not draw rows.

    The parts of a printed row follow each other in the file. Where most rows with several parts
    were drawn in pieces, as in lists that stand side by side, the order of the file is better.
    """
    broken = [row for row in rows if len(row.lines) > 1 and _has_wide_gap(row)]
    torn = sum(not _is_drawn_at_once(row) for row in broken)
    if torn < _MIN_TORN or torn <= 0.5 * len(broken):
        return [list(rows)]
    runs: list[list[Line]] = []
    for line in sorted((line for row in rows for line in row.lines), key=lambda line: line.order):
        if runs and line.middle > runs[-1][-1].y0:
            runs[-1].append(line)
        else:
            runs.append([line])
    return [rows_of(run) for run in runs]


def _has_wide_gap(row: Row) -> bool:
    """Return whether two parts of a row of text stand apart, unlike the parts of a formula."""
    if len(row.text) < _MIN_ROW:
        return False
    edges = sorted((line.x0, line.x1) for line in row.lines)
    return any(right[0] - left[1] > row.size for left, right in pairwise(edges))


def _is_drawn_at_once(row: Row) -> bool:
    orders = [line.order for line in row.lines]
    # A blank line between the parts is not kept, but counted.
    return max(orders) - min(orders) <= len(orders)
