"""Finds the names of columns that stand above the lines of a ruled table.

Many reports rule off or shade only the rows of values. The lines directly above them, right of the
column of row names, name the columns; each column takes the nearest text of a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from services.extractor.document import Box
from services.extractor.layout.lines import Line, Row, rows_of

_MAX_ROWS = 5  # of names; a higher block of text is another table
_MAX_GAP = 2.2  # font sizes between two lines, or above the table: one line may be blank
_REACH = (
    0.6  # widths of a text; a name in the middle of its columns stands so near to the outer ones
)
_MIN_REACH = 12.0  # points; a short name stands at one side of its column
_TOLERANCE = 2.0  # points between a text and the line that it stands at
_OUTSIDE = 6.0  # points that a text may be wider than its columns
_FEW_COLUMNS = 3  # one name is a head of a table of names, a sign and a value
_VALUE = re.compile(r"[^\w]{0,3}(?:\d[\d.,\s]{0,20}|n/?a)?[^\w]{0,3}(?:pts|bps)?$", re.IGNORECASE)

Span = tuple[float, float]


class Head(NamedTuple):
    """The rows of names, top down, with their boxes, and the lines that they consist of."""

    rows: tuple[tuple[str, ...], ...] = ()
    boxes: tuple[Box, ...] = ()
    lines: tuple[Line, ...] = ()


def head_above(
    lines: Iterable[Line], first: Sequence[str], columns: Sequence[Span], top: float
) -> Head:
    """Return the names above a table with these columns (left, right) and top, in points.

    `first` is its first row. A table whose first row has names has its head already.
    """
    if len(columns) < 2 or not all(_VALUE.match(cell) for cell in first[1:]):
        return Head()
    names = columns[1][0] - _TOLERANCE
    above = [line for line in lines if line.embedded_block is None and line.y1 <= top + _TOLERANCE]
    found: list[Row] = []
    for row in reversed(rows_of(above)):
        near = top - row.box[3] <= _MAX_GAP * max(row.size, 6.0)
        inside = columns[0][0] - _OUTSIDE <= row.box[0] and row.box[2] <= columns[-1][1] + _OUTSIDE
        parted = all(line.x0 >= names or line.x1 <= names + _OUTSIDE for line in row.lines)
        if not (near and inside and parted) or len(found) == _MAX_ROWS:
            break
        found.insert(0, row)
        top = row.box[1]
    while found and not _names_columns(found[0], names):
        del found[0]
    enough = any(len(_naming(row, names)) > 1 for row in found) or len(columns) <= _FEW_COLUMNS
    rows = tuple(_cells(row, columns, names) for row in found)
    if not enough or any(
        line.text.strip() not in " ".join(cells)
        for row, cells in zip(found, rows, strict=True)
        for line in row.lines
    ):
        return Head()
    return Head(
        rows,
        tuple(row.box for row in found),
        tuple(line for row in found for line in row.lines),
    )


def _names_columns(row: Row, names: float) -> bool:
    """Return whether a row may be the first one of a head: more than a note in brackets."""
    naming = _naming(row, names)
    return len(naming) > 1 or (len(naming) == 1 and not naming[0].text.strip().startswith("("))


def _naming(row: Row, names: float) -> list[Line]:
    """Return the lines of a row that stand right of the names of rows."""
    return [line for line in row.lines if line.x0 >= names]


def _cells(row: Row, columns: Sequence[Span], names: float) -> tuple[str, ...]:
    """Return for each column the text above its middle, or else the nearest one."""
    naming = _naming(row, names)
    stub = [line.text.strip() for line in row.lines if line.x0 < names]
    middles = [(left + right) / 2 for left, right in columns[1:]]
    return (" ".join(stub), *(nearest_text(naming, middle) for middle in middles))


def nearest_text(lines: Sequence[Line], centre: float) -> str:
    """Return the text above the middle of a column, or else the nearest one within reach."""

    def distance(line: Line) -> float:
        return max(line.x0 - centre, centre - line.x1, 0.0)

    least = min(map(distance, lines), default=0.0)
    # Lines of one name may overlap the baselines of the names beside it.
    nearest = sorted((line for line in lines if distance(line) == least), key=_middle)
    near = [line for line in nearest if least <= max(_REACH * (line.x1 - line.x0), _MIN_REACH)]
    return " ".join(line.text.strip() for line in near)


def _middle(line: Line) -> float:
    return line.middle
