"""Completes cells of a table without lines: wrapped ones, names over columns, close numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from services.extractor.document import Box
from services.extractor.layout.lines import Row
from services.extractor.layout.name_groups import Span, names_of, spread

_OUTSIDE = 2.0  # points that a name may begin before its column
MAX_NAME_ROWS = 4  # rows of names above the first value
_MAX_GROUP = 6  # columns below one name without another name beside it
_LITTLE = 1.0  # points by which neighbouring rows may overlap
_NAMED_SHARE = 0.7  # of the rows; a table with fewer names has rows without one
_PARTING = 0.25  # of a row's height; white space that parts rows is so much wider than leading
_MIN_SPLIT_ROWS = 3  # rows with the same number of values in one cell; fewer may be dates
_SAME_COUNT_SHARE = 0.8  # of the cells with values; a header and a note differ
_NUMBER = re.compile(r"[^\w\s]{0,3}\s?\d[\d.,]{0,15}[^\w\s]{0,3}$")
_VALUE = re.compile(rf"{_NUMBER.pattern}|\W{{0,3}}[-\u2013\u2014]\W{{0,3}}$")
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
        # A text over many columns, or over some in the middle, is the table's title.
        title = len(names) == 1 and (over.count(0) > _MAX_GROUP or over[-1] is None)
        if set(range(len(names))) <= set(over) and not title:
            groups = dict(zip(free, over, strict=True))
            cells[at][1:] = [
                cell if (name := groups.get(column)) is None else names[name].text
                for column, cell in enumerate(upper, start=1)
            ]
    return cells


def _name_rows(cells: Cells) -> int:
    """Return how many first rows have no value beside their first cell."""
    for at, row in enumerate(cells[: MAX_NAME_ROWS + 1]):
        if any(_VALUE.match(cell) and not _YEAR.match(cell) for cell in row[1:]):
            return at
    return 0


def with_middle_lines(rows: Sequence[Row]) -> list[Row]:
    """Return the rows with a line that overlaps the two around it in both: it stands beside both.

    The name of a group of rows is printed in their middle.
    """
    kept = list(rows)
    for at in range(len(rows) - 2, 0, -1):
        above, row, below = kept[at - 1 : at + 2]
        overlaps = above.box[3] > row.box[1] + _LITTLE and row.box[3] > below.box[1] + _LITTLE
        if len(row.lines) == 1 and overlaps and row.box[2] < min(above.box[0], below.box[0]):
            kept[at - 1 : at + 2] = [
                Row([*row.lines, *above.lines]),
                Row([*row.lines, *below.lines]),
            ]
    return kept


def join_wrapped(cells: Cells, boxes: Sequence[Box] = ()) -> tuple[Cells, list[int]]:
    """Return the cells with rows joined to the row that they continue, and the rows that are left.

    A row continues the one above if white space parts other rows only (by their `boxes`), if all
    its cells begin in lower case or with a bracket below cells that do not, if it has more of the
    names of columns, or nothing but more of one text.
    """
    named = sum(bool(row[0]) for row in cells) >= _NAMED_SHARE * len(cells)
    parted = _parted_rows(cells, boxes)
    heads = _name_rows(cells)
    joined: Cells = []
    left: list[int] = []
    for number, row in enumerate(cells):
        goes_on = number not in parted if parted else _continues(joined[-1] if joined else (), row)
        goes_on |= bool(joined) and number < heads and _names_go_on(joined[-1], row)
        if joined and (goes_on or (named and _is_rest(joined[-1], row))):
            joined[-1] = [
                f"{one} {more}".strip() for one, more in zip(joined[-1], row, strict=True)
            ]
        else:
            joined.append(row)
            left.append(number)
    return joined, left


def _parted_rows(cells: Cells, boxes: Sequence[Box]) -> set[int]:
    """Return the rows with white space above them; empty unless the others continue texts."""
    gaps = [below[1] - above[3] for above, below in pairwise(boxes)]
    heights = [box[3] - box[1] for box in boxes]
    if len(gaps) < _MIN_SPLIT_ROWS or max(gaps) - min(gaps) < _PARTING * median(heights):
        return set()
    middle = (max(gaps) + min(gaps)) / 2
    starts = {0, *(at for at, gap in enumerate(gaps, start=1) if gap > middle)}
    first: Sequence[str] = ()
    for at, row in enumerate(cells):
        if at in starts:
            first = row
        # A text continues below its first line; several numbers in a column are several rows.
        elif any(
            more and (not one or _NUMBER.match(one) or _NUMBER.match(more))
            for one, more in zip(first, row, strict=True)
        ):
            return set()
    return starts if _MIN_SPLIT_ROWS <= len(starts) < len(cells) else set()


def _names_go_on(above: Sequence[str], row: Sequence[str]) -> bool:
    """Return whether each name of a row has more of it below, and none stands over two columns."""
    single = all(not one or one != other for one, other in pairwise(above[1:]))
    return (
        single
        and any(above[1:])
        and not (above[0] and row[0])
        and all(more or not one for one, more in zip(above[1:], row[1:], strict=True))
    )


def _is_rest(above: Sequence[str], row: Sequence[str]) -> bool:
    """Return whether a row without a name has only one text, below another one of its column."""
    filled = [at for at, cell in enumerate(row) if cell]
    if len(filled) != 1 or filled[0] == 0:
        return False
    one, more = above[filled[0]], row[filled[0]]
    return bool(one) and not (_NUMBER.match(one) or _NUMBER.match(more))


def _continues(above: Sequence[str], row: Sequence[str]) -> bool:
    pairs = [(one, more) for one, more in zip(above, row, strict=False) if more]
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
