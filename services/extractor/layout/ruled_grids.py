"""Finds the grids that ruling lines make on a page.

The lattice method of Nurminen, "Algorithmic extraction of data in tables in PDF documents" (2013).
It uses the lines extracted with the page's text, so the page is parsed once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from services.extractor.document import Box
from services.extractor.layout.cell_words import interval
from services.extractor.layout.lines import Line

# Lengths are in points.
_MAX_EDGE_THICKNESS = 3.5  # a thicker shape is a box with four sides, not a line
SNAP_TOLERANCE = 3.0  # edges closer than this count as one line
_MIN_EDGE_LENGTH = 6.0  # shorter strokes are dots, ticks and dashes
_MAX_SHAPES = 4_000  # a page with more is a drawing; grouping compares pairs of edges
_MAX_INSET = 12.0  # of the text of a cell; word processors have 5.4
_MAX_CELLS = 6_000  # bounds time and memory for a hostile grid
_WIDENED_SHARE = 0.6  # of the rows; marks in the margin stand beside few

Edge = tuple[float, float, float]
"""A ruling line in points: its fixed coordinate, then its start and end along its direction."""

Stretch = tuple[float, float]
"""Start and end of a ruling line along its direction."""


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

    def down_at(self, xs: Iterable[float]) -> list[list[Stretch]]:
        """Return the vertical edges within 3 points of each x."""
        return _edges_at(self.down, xs)

    def across_at(self, ys: Iterable[float]) -> list[list[Stretch]]:
        """Return the horizontal edges within 3 points of each y."""
        return _edges_at(self.across, ys)


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
        line for line in lines if line.x0 >= right - SNAP_TOLERANCE and top <= line.middle <= bottom
    ]
    rows = {interval(grid.ys, line.middle) for line in beside}
    if len(rows) < _WIDENED_SHARE * (len(grid.ys) - 1) or any(
        map(str.isalpha, "".join(line.text for line in beside))
    ):
        return
    edge = max(line.x1 for line in beside) + SNAP_TOLERANCE
    grid.across += [(y, right, edge) for y in grid.ys]
    grid.down += [(right, top, bottom), (edge, top, bottom)]


def covers(stretches: Iterable[Stretch], points: Sequence[float]) -> list[bool]:
    """Return which points, in ascending order, lie on one of the stretches.

    >>> covers([(0, 10), (40, 50)], [5, 20, 42])
    [True, False, True]
    """
    found = [False] * len(points)
    for start, end in stretches:
        first = bisect_left(points, start - SNAP_TOLERANCE)
        for at in range(first, bisect_right(points, end + SNAP_TOLERANCE, first)):
            found[at] = True
    return found


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
        for each in shapes[first : bisect_left(shapes, (x - SNAP_TOLERANCE,), first)]:
            if each[1] <= top + SNAP_TOLERANCE and bottom <= each[3] + SNAP_TOLERANCE:
                yield each

    if any(SNAP_TOLERANCE < area[2] - right < _MAX_INSET for area in level(areas, left)):
        return True
    behind = right + _MAX_INSET + SNAP_TOLERANCE
    return any(level(rules, left)) and any(rule[2] > right for rule in level(rules, behind))


def _snap(edges: list[Edge]) -> list[Edge]:
    """Align edges at most 3 points apart and join those that touch."""
    result: list[Edge] = []
    group: list[Edge] = []
    for edge in sorted(edges):
        if group and edge[0] - group[0][0] > SNAP_TOLERANCE:
            result += _join(group)
            group = []
        group.append(edge)
    return result + _join(group)


def _join(group: list[Edge]) -> list[Edge]:
    result: list[Edge] = []
    at = group[0][0] if group else 0.0
    for _, start, end in sorted(group, key=lambda edge: edge[1]):
        if result and start <= result[-1][2] + SNAP_TOLERANCE:
            result[-1] = (at, result[-1][1], max(result[-1][2], end))
        else:
            result.append((at, start, end))
    return result


def _group_by_intersection(across: list[Edge], down: list[Edge]) -> list[Grid]:
    """Group edges that intersect, directly or through others (union-find); `down` is in order."""
    home = list(range(len(across) + len(down)))

    def find(index: int) -> int:
        while home[index] != index:
            home[index] = home[home[index]]
            index = home[index]
        return index

    places = [x for x, _, _ in down]
    for row, (y, left, right) in enumerate(across):
        first = bisect_left(places, left - SNAP_TOLERANCE)
        for column in range(first, bisect_right(places, right + SNAP_TOLERANCE, first)):
            _, top, bottom = down[column]
            if top - SNAP_TOLERANCE <= y <= bottom + SNAP_TOLERANCE:
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
    sides = [x for x in (left, right) if not xs[0] - SNAP_TOLERANCE <= x <= xs[-1] + SNAP_TOLERANCE]
    edges = [y for y in (top, bottom) if not ys[0] - SNAP_TOLERANCE <= y <= ys[-1] + SNAP_TOLERANCE]
    grid.down += [(x, top, bottom) for x in sides]
    grid.across += [(y, left, right) for y in edges]
    return grid


def _is_grid(grid: Grid) -> bool:
    columns, rows = len(grid.xs) - 1, len(grid.ys) - 1
    return columns >= 2 and rows >= 2 and columns * rows <= _MAX_CELLS


def _edges_at(edges: Iterable[Edge], places: Iterable[float]) -> list[list[Stretch]]:
    ordered = sorted(edges)
    coordinates = [at for at, _, _ in ordered]
    found: list[list[Stretch]] = []
    for place in places:
        first = bisect_left(coordinates, place - SNAP_TOLERANCE)
        last = bisect_right(coordinates, place + SNAP_TOLERANCE, first)
        found.append([(start, end) for _, start, end in ordered[first:last]])
    return found


def _distinct(values: Iterable[float]) -> list[float]:
    kept: list[float] = []
    for value in sorted(values):
        if not kept or value - kept[-1] > SNAP_TOLERANCE:
            kept.append(value)
    return kept
