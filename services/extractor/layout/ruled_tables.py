"""Reads tables drawn with ruling lines: builds a grid from the lines and puts words in its cells.

The lattice method of Nurminen, "Algorithmic extraction of data in tables in PDF documents" (2013).
It uses the lines extracted with the page's text, so the page is parsed once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from services.extractor.document import Box
from services.extractor.layout.script import reads_leftward

# Lengths are in points.
_MAX_EDGE_THICKNESS = 3.5  # a thicker shape is a box with four sides, not a line
_SNAP_TOLERANCE = 3.0  # edges closer than this count as one line
_MIN_EDGE_LENGTH = 6.0  # shorter strokes are dots, ticks and dashes
_MAX_SHAPES = 4_000  # a page with more is a drawing; grouping compares every pair of edges
_MAX_CELLS = 6_000  # bounds time and memory for a hostile grid
_MIN_FILLED_SHARE = 0.3  # of the cells; emptier grids are charts, forms and drawings
_MIN_FILLED_CELLS = 4  # two rows of two
_FEW_ROWS = 3  # a grid of at most three rows may rule off only its head

Cells = tuple[tuple[str, ...], ...]
Place = tuple[int, int]
"""Row and column of a cell."""

Edge = tuple[float, float, float]
"""A ruling line in points: its fixed coordinate, then its start and end along its direction."""


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


class Filled(NamedTuple):
    """The cells of a table, and the box of each row; both are () for a grid without a table."""

    cells: Cells = ()
    row_boxes: tuple[Box, ...] = ()


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
    across, down = _edges(shapes)
    if len(across) < 2 or not down:
        return []
    crossed = (grid for grid in _group_by_intersection(across, down) if grid.across and grid.down)
    found = [grid for grid in map(_close_open_sides, crossed) if _is_grid(grid)]
    return sorted(found, key=lambda grid: grid.box[1])


def fill(grid: Grid, words: Iterable[Word]) -> Filled:
    """Return the cells with their words; a merged cell has its text at its top left.

    No cells are returned if fewer than four of them or 30 % have text, as in a chart or drawing.
    """
    held = list(words)
    _add_row_edges(grid, held)
    xs, ys = grid.xs, grid.ys
    owner = _merged_cells(grid, xs, ys)
    texts: dict[Place, list[str]] = defaultdict(list)
    reach = list(ys[1:])
    for word in held:
        place = owner[_cell_index(ys, word.middle), _cell_index(xs, word.centre)]
        texts[place].append(word.text)
        reach[place[0]] = max(reach[place[0]], word.box[3])
    if not _is_filled(texts, set(owner.values())):
        return Filled()
    rows = [
        tuple(" ".join(texts.get((row, column), ())) for column in range(len(xs) - 1))
        for row in range(len(ys) - 1)
    ]
    boxes = tuple(
        (xs[0], top, xs[-1], bottom)
        for row, top, bottom in zip(rows, ys, reach, strict=False)
        if any(row)
    )
    table = _drop_empty(rows)
    rtl = reads_leftward(word.text for word in held)
    return Filled(tuple(row[::-1] for row in table) if rtl else table, boxes)


def _add_row_edges(grid: Grid, words: list[Word]) -> None:
    """Add the row lines of a table that rules off only its head or shades groups of rows."""
    xs = grid.xs
    few_rows = len(grid.ys) - 1 <= _FEW_ROWS
    for top, bottom in pairwise(grid.ys):
        levels = _text_lines([word for word in words if top <= word.middle <= bottom])
        if _are_rows(levels, xs, strict=not few_rows):
            for above, below in pairwise(levels):
                y = (max(word.box[3] for word in above) + min(word.box[1] for word in below)) / 2
                grid.across.append((y, xs[0], xs[-1]))


def _are_rows(levels: list[list[Word]], xs: list[float], *, strict: bool) -> bool:
    """Return whether lines of text fill most columns, unlike the lines of wrapped cells."""
    columns = len(xs) - 1
    filled = [len({_cell_index(xs, word.centre) for word in level}) for level in levels]
    # A line of text is a row of its own if it fills more than 60 % of the columns: the lines of
    # a wrapped cell fill one or two.
    full = sum(count > 0.6 * columns for count in filled)
    if strict:
        return columns >= 4 and len(levels) >= 2 and full == len(levels)
    return len(levels) >= 3 and full >= 0.6 * len(levels)


def _text_lines(words: list[Word]) -> list[list[Word]]:
    """Group words by line of text, top down."""
    levels: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.middle):
        if levels and word.middle - levels[-1][-1].middle < 0.5 * (word.box[3] - word.box[1]):
            levels[-1].append(word)
        else:
            levels.append([word])
    return levels


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


def _cell_index(edges: list[float], point: float) -> int:
    """Return the index of the interval around `point`; the nearest one for a point outside."""
    return bisect_right(edges, point, 1, len(edges) - 1) - 1


def _is_filled(texts: dict[Place, list[str]], cells: set[Place]) -> bool:
    used = [place for place, words in texts.items() if words]
    rows, columns = {row for row, _ in used}, {column for _, column in used}
    enough = len(used) >= max(_MIN_FILLED_CELLS, _MIN_FILLED_SHARE * len(cells))
    return len(rows) > 1 and len(columns) > 1 and enough


def _drop_empty(rows: list[tuple[str, ...]]) -> Cells:
    """Remove rows and columns without text, which double lines create."""
    kept = [row for row in rows if any(row)]
    columns = [index for index, column in enumerate(zip(*kept, strict=True)) if any(column)]
    return tuple(tuple(row[index] for index in columns) for row in kept)
