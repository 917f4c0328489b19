"""Finds the names of columns that stand above the lines of a ruled table.

Many reports rule off or shade only the rows of values. The lines directly above them, right of the
column of row names, name the columns. Lines of one name are joined; a name over several columns
stands in all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.extractor.document import Box
from services.extractor.layout.lines import Line, Row, rows_of, typical_size
from services.extractor.layout.name_groups import Name, Span, names_of, spread

_MAX_ROWS = 6  # of names; a higher block of text is another table
_MAX_GAP = 2.2  # font sizes between two lines, or above the table: one line may be blank
_MAX_LEADING = 0.5  # font sizes between two lines of one name
_TOLERANCE = 2.0  # points between a text and the line that it stands at
_OUTSIDE = 6.0  # points that a text may be wider than its columns
_TITLE_SIZE = 1.12  # of the usual font size of a table; a title row in its size is a part of it
_MIN_TITLED_ROWS = 3  # a title, and two rows below it
_FEW_COLUMNS = 3  # one name is a head of a table of names, a sign and a value
_VALUE = re.compile(r"[^\w]{0,3}(?:\d[\d.,\s]{0,20}|n/?a)?[^\w]{0,3}(?:pts|bps)?$", re.IGNORECASE)


class Head(NamedTuple):
    """The rows of names, top down, with their boxes, and the lines that they consist of."""

    rows: tuple[tuple[str, ...], ...] = ()
    boxes: tuple[Box, ...] = ()
    lines: tuple[Line, ...] = ()


@dataclass(slots=True)
class NameRow:
    """The names of a row and which of them stands over each column, with the row's box."""

    stub: str
    names: list[Name]
    over: list[int | None]
    box: Box
    size: float

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the text of each column; the first one has the names of rows."""
        return (self.stub, *("" if at is None else self.names[at].text for at in self.over))

    @property
    def is_complete(self) -> bool:
        """Return whether each name stands over a column."""
        return set(range(len(self.names))) <= set(self.over)

    def continues(self, above: NameRow) -> bool:
        """Return whether the names of the row above go on here, each in one column of its own."""
        if self.box[1] - above.box[3] > _MAX_LEADING * self.size:
            return False
        at = [column for column, name in enumerate(above.over) if name is not None]
        below = [self.over[column] for column in at]
        single = all(above.over.count(above.over[column]) == 1 for column in at)
        return single and all(name is not None and self.over.count(name) == 1 for name in below)

    def joined(self, above: NameRow) -> NameRow:
        """Return this row with the lines of the row above before its own ones."""
        names = list(self.names)
        for upper, lower in zip(above.over, self.over, strict=True):
            if upper is not None and lower is not None:
                name = names[lower]
                names[lower] = name._replace(text=f"{above.names[upper].text} {name.text}")
        box = (
            min(above.box[0], self.box[0]),
            above.box[1],
            max(above.box[2], self.box[2]),
            self.box[3],
        )
        return NameRow(f"{above.stub} {self.stub}".strip(), names, self.over, box, self.size)


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
    named = [_name_row(row, columns, names) for row in found]
    if not enough or not all(row.is_complete for row in named):
        return Head()
    joined = named[:1]
    for names_below in named[1:]:
        if names_below.continues(joined[-1]):
            joined[-1] = names_below.joined(joined[-1])
        else:
            joined.append(names_below)
    return Head(
        tuple(row.cells for row in joined),
        tuple(row.box for row in joined),
        tuple(line for row in found for line in row.lines),
    )


def _names_columns(row: Row, names: float) -> bool:
    """Return whether a row may be the first one of a head: more than a note in brackets."""
    naming = _naming(row, names)
    return len(naming) > 1 or (len(naming) == 1 and not naming[0].text.strip().startswith("("))


def _naming(row: Row, names: float) -> list[Line]:
    """Return the lines of a row that stand right of the names of rows."""
    return [line for line in row.lines if line.x0 >= names]


def _name_row(row: Row, columns: Sequence[Span], names: float) -> NameRow:
    naming = names_of(_naming(row, names))
    stub = " ".join(line.text.strip() for line in row.lines if line.x0 < names)
    return NameRow(stub, naming, spread(naming, columns[1:]), row.box, row.size)


def title_within(cells: Sequence[Sequence[str]], first: Box, lines: Sequence[Line]) -> Line | None:
    """Return the line of a table's `first` row if it is a title in larger type; else None.

    Forms have their headings in a row of the table below.
    """
    if len(cells) < _MIN_TITLED_ROWS or sum(map(bool, cells[0])) != 1:
        return None
    inside = [line for line in lines if first[1] <= line.middle <= first[3]]
    others = [line for line in lines if line not in inside]
    if len(inside) != 1 or not others:
        return None
    larger = inside[0].size >= _TITLE_SIZE * typical_size(others)
    return inside[0] if larger and any(map(str.isalpha, inside[0].text)) else None
