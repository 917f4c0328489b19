"""Completes cells of a table without lines: wrapped ones, names over columns, close numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from services.extractor.layout.lines import Row
from services.extractor.layout.name_groups import Span, names_of, spread

_OUTSIDE = 2.0  # points that a name may begin before its column
MAX_NAME_ROWS = 4  # rows of names above the first value
_MIN_SPLIT_ROWS = 3  # rows with the same number of values in one cell; fewer may be dates
_SAME_COUNT_SHARE = 0.8  # of the cells with values; a header and a note differ
_NUMBER = re.compile(r"[^\w\s]{0,3}\s?\d[\d.,]{0,15}[^\w\s]{0,3}$")
_POINTED = re.compile(r"\d[.,%]\d|\d%")
_YEAR = re.compile(r"\W{0,2}(?:19|20)\d\d\W{0,2}$")

Cells = list[list[str]]
Rows = Sequence[Sequence[str]]


def name_columns(cells: Cells, rows: Sequence[Row], spans: Sequence[Span]) -> Cells:
    """Return the cells with each name that stands over several columns in all of them.

    `spans` are left and right of the columns. A row names groups of columns if it has fewer names
    than the next one, in whose columns they stand.
    """
    named = _name_rows(cells)
    for at in range(named - 1):
        upper, lower = cells[at][1:], cells[at + 1][1:]
        free = [column for column, cell in enumerate(lower, start=1) if cell]
        whole = len(free) == len(range(free[0], free[-1] + 1)) if free else False
        if not whole or all(upper[column - 1] for column in free):
            continue
        names = names_of([line for line in rows[at].lines if line.x0 >= spans[1][0] - _OUTSIDE])
        over = spread(names, [spans[column] for column in free])
        if set(range(len(names))) <= set(over):
            groups = dict(zip(free, over, strict=True))
            cells[at][1:] = [
                cell if (name := groups.get(column)) is None else names[name].text
                for column, cell in enumerate(upper, start=1)
            ]
    return cells


def _name_rows(cells: Cells) -> int:
    """Return how many first rows have no value beside their first cell."""
    for at, row in enumerate(cells[: MAX_NAME_ROWS + 1]):
        if any(_NUMBER.match(cell) and not _YEAR.match(cell) for cell in row[1:]):
            return at
    return 0


def join_wrapped(cells: Cells) -> tuple[Cells, list[int]]:
    """Return the cells with rows joined to the row that they continue, and the rows that are left.

    A row continues the one above if all its cells begin in lower case or with a bracket below cells
    that do not.
    """
    joined: Cells = []
    left: list[int] = []
    for number, row in enumerate(cells):
        if joined and _continues(joined[-1], row):
            joined[-1] = [
                f"{one} {more}".strip() for one, more in zip(joined[-1], row, strict=True)
            ]
        else:
            joined.append(row)
            left.append(number)
    return joined, left


def _continues(above: Sequence[str], row: Sequence[str]) -> bool:
    pairs = [(one, more) for one, more in zip(above, row, strict=True) if more]
    return any(more[0].islower() for _, more in pairs) and all(
        one and (more[0].islower() or more[0] == "(") and one[0].isupper() for one, more in pairs
    )


def split_numbers(cells: Rows) -> Cells:
    """Return the cells with columns split whose cells have the same number of values each.

    Columns of numbers may stand so close that they are printed as one text. A cell with another
    number of words is the name of all these columns.
    """
    columns: list[list[tuple[str, ...]]] = []
    for at, column in enumerate(zip(*cells, strict=True)):
        count = _values_in(column) if at else 1
        columns.append([_parts(cell, count) for cell in column])
    return [
        [part for parts in row for part in parts] for row in map(list, zip(*columns, strict=True))
    ]


def _values_in(column: Sequence[str]) -> int:
    """Return how many values most cells of a column have; 1 if they do not agree."""
    valued = [cell.split() for cell in column if all(map(_NUMBER.match, cell.split())) and cell]
    count, often = Counter(map(len, valued)).most_common(1)[0] if valued else (1, 0)
    pointed = sum(_POINTED.search(part) is not None for parts in valued for part in parts)
    agree = often >= max(_MIN_SPLIT_ROWS, _SAME_COUNT_SHARE * len(valued))
    # Whole numbers with spaces are dates, telephone numbers and thousands.
    return count if agree and 2 * pointed > sum(map(len, valued)) else 1


def _parts(cell: str, count: int) -> tuple[str, ...]:
    words = tuple(cell.split()) if count > 1 else (cell,)
    return words if len(words) == count else (cell,) * count
