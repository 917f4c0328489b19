"""Reads tables drawn with ruling lines: builds a grid from the lines and puts words in its cells.

The lattice method of Nurminen, "Algorithmic extraction of data in tables in PDF documents" (2013).
It uses the lines extracted with the page's text, so the page is parsed once.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
from services.extractor.layout.lines import Line
from services.extractor.layout.script import reads_leftward
from services.extractor.layout.unruled_rows import column_edges, row_edges

# Lengths are in points.
_MAX_EDGE_THICKNESS = 3.5  # a thicker shape is a box with four sides, not a line
_SNAP_TOLERANCE = 3.0  # edges closer than this count as one line
_MIN_EDGE_LENGTH = 6.0  # shorter strokes are dots, ticks and dashes
_MAX_SHAPES = 4_000  # a page with more is a drawing; grouping compares every pair of edges
_MAX_INSET = 12.0  # of the text of a cell; word processors have 5.4
_MAX_CELLS = 6_000  # bounds time and memory for a hostile grid
_WIDENED_SHARE = 0.6  # of the rows; marks in the margin stand beside few
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

Edge = tuple[float, float, float]
"""A ruling line in points: its fixed coordinate, then its start and end along its direction."""


class Filled(NamedTuple):
    """The cells of a table, the box of each row, and left and right of each column, in points.

    All are () for a grid without a table; the columns are () in a table from right to left.
    """

    cells: Cells = ()
    row_boxes: tuple[Box, ...] = ()
    columns: tuple[tuple[float, float], ...] = ()


@dataclass(slots=True)
class Grid:
    """The ruling lines of one table: horizontal ones in `across`, vertical ones in `down`."""

    across: list[Edge] = field(default_factory=list)
    down: list[Edge] = field(default_factory=list)

    @property
    def xs(self) -> list[float]:
        """Return the distinct x of the vertical edges, ascending."""
        return _distinct(at for at, _, _ in self.down)

    @property
    def ys(self) -> list[float]:
        """Return the distinct y of the horizontal edges, ascending."""
        return _distinct(at for at, _, _ in self.across)

    @property
    def box(self) -> Box:
        xs, ys = self.xs, self.ys
        return (xs[0], ys[0], xs[-1], ys[-1])


def grids(shapes: Sequence[Box]) -> list[Grid]:
    """Return the grids of at least two rows and columns among drawn rectangles, top down."""
    if len(shapes) > _MAX_SHAPES:
        return []
    across, down = _edges(_without_shades(shapes))
    if len(across) < 2 or not down:
        return []
    crossed = (grid for grid in _group_by_intersection(across, down) if grid.across and grid.down)
    found = [grid for grid in map(_close_open_sides, crossed) if _is_grid(grid)]
    return sorted(found, key=lambda grid: grid.box[1])


def widen(grid: Grid, lines: Iterable[Line]) -> None:
    """Add a last column to a grid if most of its rows go on with values right of it."""
    _, top, right, bottom = grid.box
    beside = [
        line
        for line in lines
        if line.x0 >= right - _SNAP_TOLERANCE and top <= line.middle <= bottom
    ]
    rows = {interval(grid.ys, line.middle) for line in beside}
    if len(rows) < _WIDENED_SHARE * (len(grid.ys) - 1) or any(
        map(str.isalpha, "".join(line.text for line in beside))
    ):
        return
    edge = max(line.x1 for line in beside) + _SNAP_TOLERANCE
    grid.across += [(y, right, edge) for y in grid.ys]
    grid.down += [(right, top, bottom), (edge, top, bottom)]


def fill(grid: Grid, words: Iterable[Word]) -> Filled:
    """Return the cells with their words; a merged cell has its text in all its rows and columns.

    The text of a cell across the whole table, and a long one, is at its left only. No cells are
    returned if fewer than four of them or 30 % have text, as in a chart or drawing.
    """
    held = list(words)
    xs, ys = grid.xs, grid.ys
    owner = _merged_cells(grid, xs, ys)
    if are_running_words(held, lambda word: owner[_place(word, xs, ys)]):
        return Filled()
    _add_edges(grid, held)
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
    ruled_at = {x: _edges_at(grid.down, x) for x in inner}
    for top, bottom, band in bands:
        height = (top + bottom) / 2
        open_at = [x for x in inner if not _is_covered(ruled_at[x], height)]
        grid.down += [(x, top, bottom) for x in column_edges(band, open_at)]
    for x in inner:
        grid.down += _continued_below(x, _edges_at(grid.down, x), bands)
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


def _middle(word: Word) -> float:
    return word.middle


def _continued_below(
    x: float, ruled_at: list[tuple[float, float]], bands: Sequence[Band]
) -> list[Edge]:
    """Return the edges at `x` through the rows below a head that alone has one there."""
    ruled = [_is_covered(ruled_at, (top + bottom) / 2) for top, bottom, _ in bands]
    last = max((at for at, is_ruled in enumerate(ruled) if is_ruled), default=-1)
    below = bands[last + 1 :]
    if not 0 <= last < len(below) or not column_edges([w for *_, band in below for w in band], [x]):
        return []
    free = (each for each in below if not any(is_over(word, x) for word in each[2]))
    return [(x, top, bottom) for top, bottom, _ in free]


def _edges(shapes: Iterable[Box]) -> tuple[list[Edge], list[Edge]]:
    """Return horizontal and vertical edges: thin shapes, and the four sides of other ones."""
    across: list[Edge] = []
    down: list[Edge] = []
    for x0, y0, x1, y1 in shapes:
        width, height = x1 - x0, y1 - y0
        if height <= _MAX_EDGE_THICKNESS and width >= _MIN_EDGE_LENGTH:
            across.append(((y0 + y1) / 2, x0, x1))
        elif width <= _MAX_EDGE_THICKNESS and height >= _MIN_EDGE_LENGTH:
            down.append(((x0 + x1) / 2, y0, y1))
        elif width > _MAX_EDGE_THICKNESS and height > _MAX_EDGE_THICKNESS:
            across += [(y0, x0, x1), (y1, x0, x1)]
            down += [(x0, y0, y1), (x1, y0, y1)]
    return _snap(across), _snap(down)


def _without_shades(shapes: Sequence[Box]) -> list[Box]:
    """Return the shapes without the shades of paragraphs, which lie inside of cells."""
    areas = sorted(shape for shape in shapes if min(_sides(shape)) > _MAX_EDGE_THICKNESS)
    if not areas:
        return list(shapes)
    rules = sorted(shape for shape in shapes if _sides(shape)[0] <= _MAX_EDGE_THICKNESS)
    shades = {area for area in areas if _is_shade(area, areas, rules)}
    return [shape for shape in shapes if shape not in shades] if shades else list(shapes)


def _sides(shape: Box) -> tuple[float, float]:
    return shape[2] - shape[0], shape[3] - shape[1]


def _is_shade(shape: Box, areas: Sequence[Box], rules: Sequence[Box]) -> bool:
    """Return whether a shape lies in another one or between two rules, an inset apart from both."""
    left, top, right, bottom = shape

    def level(shapes: Sequence[Box], x: float) -> Iterator[Box]:
        """Yield the shapes that begin within an inset left of `x` and are as high as the shape."""
        first = bisect_left(shapes, (x - _MAX_INSET,))
        for each in shapes[first : bisect_left(shapes, (x - _SNAP_TOLERANCE,), first)]:
            if each[1] <= top + _SNAP_TOLERANCE and bottom <= each[3] + _SNAP_TOLERANCE:
                yield each

    if any(_SNAP_TOLERANCE < area[2] - right < _MAX_INSET for area in level(areas, left)):
        return True
    behind = right + _MAX_INSET + _SNAP_TOLERANCE
    return any(level(rules, left)) and any(rule[2] > right for rule in level(rules, behind))


def _snap(edges: list[Edge]) -> list[Edge]:
    """Align edges at most 3 points apart and join those that touch."""
    result: list[Edge] = []
    group: list[Edge] = []
    for edge in sorted(edges):
        if group and edge[0] - group[0][0] > _SNAP_TOLERANCE:
            result += _join(group)
            group = []
        group.append(edge)
    return result + _join(group)


def _join(group: list[Edge]) -> list[Edge]:
    result: list[Edge] = []
    at = group[0][0] if group else 0.0
    for _, start, end in sorted(group, key=lambda edge: edge[1]):
        if result and start <= result[-1][2] + _SNAP_TOLERANCE:
            result[-1] = (at, result[-1][1], max(result[-1][2], end))
        else:
            result.append((at, start, end))
    return result


def _group_by_intersection(across: list[Edge], down: list[Edge]) -> list[Grid]:
    """Group edges that intersect, directly or through others (union-find)."""
    home = list(range(len(across) + len(down)))

    def find(index: int) -> int:
        while home[index] != index:
            home[index] = home[home[index]]
            index = home[index]
        return index

    for row, (y, left, right) in enumerate(across):
        for column, (x, top, bottom) in enumerate(down):
            if (
                left - _SNAP_TOLERANCE <= x <= right + _SNAP_TOLERANCE
                and top - _SNAP_TOLERANCE <= y <= bottom + _SNAP_TOLERANCE
            ):
                home[find(row)] = find(len(across) + column)
    groups: dict[int, Grid] = defaultdict(Grid)
    for index, edge in enumerate(across + down):
        grid = groups[find(index)]
        (grid.across if index < len(across) else grid.down).append(edge)
    return list(groups.values())


def _close_open_sides(grid: Grid) -> Grid:
    """Add missing outer edges at the ends of the edges that cross them."""
    left, right = min(start for _, start, _ in grid.across), max(end for _, _, end in grid.across)
    top, bottom = min(start for _, start, _ in grid.down), max(end for _, _, end in grid.down)
    xs, ys = grid.xs, grid.ys
    sides = [
        x for x in (left, right) if not xs[0] - _SNAP_TOLERANCE <= x <= xs[-1] + _SNAP_TOLERANCE
    ]
    edges = [
        y for y in (top, bottom) if not ys[0] - _SNAP_TOLERANCE <= y <= ys[-1] + _SNAP_TOLERANCE
    ]
    grid.down += [(x, top, bottom) for x in sides]
    grid.across += [(y, left, right) for y in edges]
    return grid


def _is_grid(grid: Grid) -> bool:
    columns, rows = len(grid.xs) - 1, len(grid.ys) - 1
    return columns >= 2 and rows >= 2 and columns * rows <= _MAX_CELLS


def _merged_cells(grid: Grid, xs: list[float], ys: list[float]) -> dict[Place, Place]:
    """Map each cell of the full grid to the top left cell of the merged cell it belongs to."""
    owner: dict[Place, Place] = {}
    sides = [_edges_at(grid.down, x) for x in xs]
    tops = [_edges_at(grid.across, y) for y in ys]
    for row, (top, bottom) in enumerate(pairwise(ys)):
        for column, (left, right) in enumerate(pairwise(xs)):
            cell = (row, column)
            owner[cell] = cell
            if column and not _is_covered(sides[column], (top + bottom) / 2):
                owner[cell] = owner[row, column - 1]
            elif row and not _is_covered(tops[row], (left + right) / 2):
                owner[cell] = owner[row - 1, column]
    return owner


def _edges_at(edges: list[Edge], at: float) -> list[tuple[float, float]]:
    """Return (start, end) of the edges within 3 points of the coordinate `at`."""
    return [(start, end) for place, start, end in edges if abs(place - at) <= _SNAP_TOLERANCE]


def _is_covered(stretches: list[tuple[float, float]], point: float) -> bool:
    return any(
        start - _SNAP_TOLERANCE <= point <= end + _SNAP_TOLERANCE for start, end in stretches
    )


def _distinct(values: Iterable[float]) -> list[float]:
    kept: list[float] = []
    for value in sorted(values):
        if not kept or value - kept[-1] > _SNAP_TOLERANCE:
            kept.append(value)
    return kept


def _is_filled(texts: dict[Place, list[str]], cells: set[Place]) -> bool:
    used = [place for place, words in texts.items() if words]
    rows, columns = {row for row, _ in used}, {column for _, column in used}
    enough = len(used) >= max(_MIN_FILLED_CELLS, _MIN_FILLED_SHARE * len(cells))
    return len(rows) > 1 and len(columns) > 1 and enough
