"""Puts the words of a page into the cells of a ruled grid; adds rows and columns without lines."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from services.extractor.document import Box
from services.extractor.layout.cell_words import (
    Word,
    are_running_words,
    columns_of,
    interval,
    is_over,
    without_leaders,
)
from services.extractor.layout.inner_columns import are_broken, crosses, inner_edges, title_edges
from services.extractor.layout.ruled_grids import Edge, Grid, covers
from services.extractor.layout.script import reads_leftward
from services.extractor.layout.unruled_rows import column_edges, row_edges

_MIN_FILLED_SHARE = 0.3  # of the cells; emptier grids are charts, forms and drawings
_MIN_FILLED_CELLS = 4  # two rows of two
_MIN_REPEATING_SHARE = 0.5  # of the cells with text; merged cells of emptier grids are drawings
_MAX_REPEATED = 80  # characters of a merged cell; a longer one is a note, not a name

_NAME = re.compile(r"[\W_]{0,2}[^\W\d_]|(?:19|20)\d\d$")  # begins with a letter, or is a year

Cells = tuple[tuple[str, ...], ...]
Place = tuple[int, int]
"""Row and column of a cell."""

Band = tuple[float, float, list[Word]]
"""Top and bottom of a row of a grid, in points, and its words."""


class Filled(NamedTuple):
    """The cells of a table, the box of each row, and left and right of each column, in points.

    All are () for a grid without a table; the columns are () in a table from right to left.
    """

    cells: Cells = ()
    row_boxes: tuple[Box, ...] = ()
    columns: tuple[tuple[float, float], ...] = ()


def fill(grid: Grid, words: Iterable[Word]) -> Filled:
    """Return the cells with their words; a merged cell has its text in all its rows and columns.

    The text of a cell across the whole table, and a long one, is at its left only. No cells are
    returned if fewer than four of them or 30 % have text, as in a chart or drawing.
    """
    held = list(words)
    if len(held) < _MIN_FILLED_CELLS:
        return Filled()
    xs, ys = grid.xs, grid.ys
    owner = _merged_cells(grid, xs, ys)
    # Each word fills one cell, and added edges only part cells.
    if len(held) < _MIN_FILLED_SHARE * len(set(owner.values())):
        return Filled()
    if are_running_words(held, lambda word: owner[_place(word, xs, ys)]):
        return Filled()
    ruled = len(grid.across), len(grid.down)
    _add_edges(grid, held)
    if ruled != (len(grid.across), len(grid.down)):
        xs, ys = grid.xs, grid.ys
        owner = _merged_cells(grid, xs, ys)
    texts: dict[Place, list[str]] = defaultdict(list)
    reach = list(ys[1:])
    for word, column in zip(held, columns_of(held, xs), strict=True):
        place = owner[interval(ys, word.middle), column]
        texts[place].append(word.text)
        reach[place[0]] = max(reach[place[0]], word.box[3])
    if not _is_filled(texts, set(owner.values())):
        return Filled()
    table, used, columns = _cells(texts, owner, len(ys) - 1, len(xs) - 1)
    boxes = tuple((xs[0], ys[row], xs[-1], reach[row]) for row in used)
    rtl = reads_leftward(word.text for word in held)
    if rtl:
        return Filled(tuple(row[::-1] for row in table), boxes)
    return Filled(table, boxes, tuple((xs[column], xs[column + 1]) for column in columns))


def _place(word: Word, xs: Sequence[float], ys: Sequence[float]) -> Place:
    return interval(ys, word.middle), interval(xs, word.centre)


def _cells(
    texts: Mapping[Place, Sequence[str]], owner: Mapping[Place, Place], height: int, width: int
) -> tuple[Cells, list[int], list[int]]:
    """Return the cells, with the text of merged ones in each place, and the rows and columns kept.

    Rows and columns in which no text begins are left out: double lines create them.
    """
    whole = {place: without_leaders(" ".join(words)) for place, words in texts.items()}
    rows = [row for row in range(height) if any(whole.get((row, at)) for at in range(width))]
    columns = [at for at in range(width) if any(whole.get((row, at)) for row in range(height))]
    repeats = len(whole) >= _MIN_REPEATING_SHARE * len(set(owner.values()))

    def cells(row: int) -> tuple[str, ...]:
        places = [owner[row, column] for column in columns]
        alone = not repeats or len(set(places)) == 1
        texts_of_row = [whole.get(place, "") for place in places]
        return tuple(
            "" if place != (row, column) and (alone or not _repeats(text, place, column)) else text
            for place, column, text in zip(places, columns, texts_of_row, strict=True)
        )

    return tuple(map(cells, rows)), rows, columns


def _repeats(text: str, place: Place, column: int) -> bool:
    """Return whether a merged cell at `place` gives its text to another column.

    A value across two columns stands in one, as where the column of its sign is not ruled off.
    """
    names = place[1] == column or _NAME.match(text) is not None
    return names and len(text) <= _MAX_REPEATED


def _add_edges(grid: Grid, words: list[Word]) -> None:
    """Add the columns and rows of a table that rules off only its head or shades groups of rows."""
    inner, ys = grid.xs[1:-1], grid.ys
    bands = _bands(words, ys)
    heights = _middles(ys)
    is_ruled = [covers(stretches, heights) for stretches in grid.down_at(inner)]
    for row, (top, bottom, band) in enumerate(bands):
        open_at = [x for x, ruled_in in zip(inner, is_ruled, strict=True) if not ruled_in[row]]
        grid.down += [(x, top, bottom) for x in column_edges(band, open_at)]
    for x, stretches in zip(inner, grid.down_at(inner), strict=True):
        grid.down += _continued_below(x, covers(stretches, heights), bands)
    ruled = list(pairwise(grid.xs))
    unruled = {span: edges for span in ruled if (edges := inner_edges(words, *span))}
    xs = sorted([*grid.xs, *(x for edges in unruled.values() for x in edges)])
    for _, _, band in bands:
        grid.across += title_edges(band, unruled)
        grid.across += row_edges(band, xs, len(ys) - 1)
    if unruled:
        bands = _bands(words, grid.ys)
    for (left, right), edges in unruled.items():
        broken = [are_broken(band, left, right) for *_, band in bands]
        # Above the first line with a gap stand the names of groups.
        for top, bottom, band in bands[broken.index(True) if any(broken) else len(bands) :]:
            grid.down += [(x, top, bottom) for x in edges if not crosses(band, left, right, x)]


def _bands(words: Iterable[Word], ys: Sequence[float]) -> list[Band]:
    """Return top, bottom and words of each row of a grid."""
    held = sorted(words, key=_middle)
    middles = [word.middle for word in held]
    return [
        (top, bottom, held[bisect_left(middles, top) : bisect_right(middles, bottom)])
        for top, bottom in pairwise(ys)
    ]


def _middles(edges: Sequence[float]) -> list[float]:
    return [(start + end) / 2 for start, end in pairwise(edges)]


def _middle(word: Word) -> float:
    return word.middle


def _continued_below(x: float, ruled: Sequence[bool], bands: Sequence[Band]) -> list[Edge]:
    """Return the edges at `x` through the rows below a head that alone has one there.

    `ruled` tells which of the bands have one.
    """
    last = max((at for at, is_ruled in enumerate(ruled) if is_ruled), default=-1)
    below = bands[last + 1 :]
    if not 0 <= last < len(below) or not column_edges([w for *_, band in below for w in band], [x]):
        return []
    free = (each for each in below if not any(is_over(word, x) for word in each[2]))
    return [(x, top, bottom) for top, bottom, _ in free]


def _merged_cells(grid: Grid, xs: list[float], ys: list[float]) -> dict[Place, Place]:
    """Map each cell of the full grid to the top left cell of the merged cell it belongs to."""
    owner: dict[Place, Place] = {}
    heights, widths = _middles(ys), _middles(xs)
    sides = [covers(stretches, heights) for stretches in grid.down_at(xs)]
    tops = [covers(stretches, widths) for stretches in grid.across_at(ys)]
    for row in range(len(heights)):
        for column in range(len(widths)):
            cell = (row, column)
            if column and not sides[column][row]:
                owner[cell] = owner[row, column - 1]
            elif row and not tops[row][column]:
                owner[cell] = owner[row - 1, column]
            else:
                owner[cell] = cell
    return owner


def _is_filled(texts: dict[Place, list[str]], cells: set[Place]) -> bool:
    used = [place for place, words in texts.items() if words]
    rows, columns = {row for row, _ in used}, {column for _, column in used}
    enough = len(used) >= max(_MIN_FILLED_CELLS, _MIN_FILLED_SHARE * len(cells))
    return len(rows) > 1 and len(columns) > 1 and enough
