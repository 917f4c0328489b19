"""Recognises tables without ruling lines by aligned columns of short entries.

Every entry of the rows is put into a cell, so that a wrong table loses no text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from services.extractor.layout.cell_words import without_leaders
from services.extractor.layout.false_tables import is_no_table
from services.extractor.layout.lines import Line, Row, bounds
from services.extractor.layout.paragraphs import begins_caption
from services.extractor.layout.script import reads_leftward
from services.extractor.layout.text_cells import (
    join_wrapped,
    name_columns,
    split_numbers,
    with_middle_lines,
)

_MIN_ROWS = 3  # two aligned rows may be a coincidence
_MAX_ROWS = 200  # more than a page has; bounds the work for a hostile one
_MAX_COLUMNS = 24  # more gutters come from letter-spaced text or drawings
_MAX_CROSSING_SHARE = 0.12  # of the rows; one spanning title in nine
_MIN_GUTTER_WIDTH = 0.45  # median font sizes; wider than the space between words
_MAX_WORDS_PER_CELL = 6.0  # on average; longer entries are columns of prose
_MIN_FILLED_SHARE = 0.45  # of the cells; emptier rows are scattered labels
_PROSE_WORDS = 12  # spaces in one line; a table entry is shorter
_NUMERIC = re.compile(
    r"\W*+(?:\d[\d.,\s]*+|n/?a)\W*+$|(?=[^\w\u2013—-]*+[\u2013—-])\W*+$", re.IGNORECASE
)
_AFFIX = frozenset({"$", "€", "£", "¥", "%", ")", ")%", "US$", "(", "—"})
_MARKER = re.compile(r"(?:[•●○▪■◦‣·*\u2013—-]|\(?[0-9a-zA-Z]{1,3}[.)]|\d{1,3})$")
_LEADER = re.compile(r"(?:\.\s?){4,}|…{2,}")

Gap = tuple[float, float]
Cells = tuple[tuple[str, ...], ...]


def split_tables(rows: Sequence[Row]) -> Iterator[tuple[list[Row], Cells]]:
    """Yield (rows, cells) of each part of a flow; cells are () for rows outside of tables.

    Printed lines of one row of cells are one `Row`.
    """
    plain: list[Row] = []
    at = 0
    while at < len(rows):
        end = _table_end(rows, at)
        read = read_cells(rows[at:end]) if end - at >= _MIN_ROWS else None
        if read:
            if plain:
                yield plain, ()
            yield read
            plain, at = [], end
        else:
            stop = max(end, at + 1)
            plain += rows[at:stop]
            at = stop
    if plain:
        yield plain, ()


def read_cells(rows: Sequence[Row]) -> tuple[list[Row], Cells] | None:
    """Return the rows of a table with their cells; None if they do not form one."""
    rows = with_middle_lines(rows)
    broken = [row for row in rows if len(row.lines) > 1]
    if len(broken) < _MIN_ROWS or any(_LEADER.search(row.text) for row in broken):
        return None
    gutters = _gutters(broken)
    if not 1 <= len(gutters) < _MAX_COLUMNS:
        return None
    left, _, right, _ = bounds(line for row in rows for line in row.lines)
    edges = [left, *((start + end) / 2 for start, end in gutters), right]
    spans = list(pairwise(edges))
    cells = _join_affixes([_fill(row, gutters) for row in rows], spans)
    if not _is_tabular(cells) or is_no_table(cells):
        return None
    cells = name_columns(cells, rows, _printed(broken, spans))
    joined, kept = join_wrapped(cells, [row.box for row in rows])
    cells = split_numbers(joined)
    if reads_leftward(row.text for row in broken):
        cells = [row[::-1] for row in cells]
    whole = [
        Row([line for row in rows[start:end] for line in row.lines])
        for start, end in pairwise([*kept, len(rows)])
    ]
    return whole, tuple(tuple(row) for row in cells)


def _printed(rows: Sequence[Row], spans: Sequence[Gap]) -> list[Gap]:
    """Return left and right of what is printed in each column; its own ones for an empty one."""
    found: list[list[Line]] = [[] for _ in spans]
    for row in rows:
        for line in row.lines:
            for column, (left, right) in enumerate(spans):
                if left <= line.x0 and line.x1 <= right:
                    found[column].append(line)
    return [
        (min(line.x0 for line in lines), max(line.x1 for line in lines)) if lines else span
        for lines, span in zip(found, spans, strict=True)
    ]


def _table_end(rows: Sequence[Row], start: int) -> int:
    """Return the end of rows with gaps, with at most two rows without gaps between them."""
    if len(rows[start].lines) < 2 or begins_caption(rows[start].text):
        return start
    end = start + 1
    left, _, right, _ = rows[start].box
    for at in range(start + 1, min(len(rows), start + _MAX_ROWS)):
        row, before = rows[at], rows[at - 1]
        # White space of 2.5 font sizes (at least 15 points) ends a table: two lines are left free.
        far = row.box[1] - before.box[3] > 2.5 * max(before.size, 6.0)
        if far or begins_caption(row.text) or _has_prose(row, 0.6 * (right - left)):
            break
        if len(row.lines) > 1:
            end = at + 1
            left, right = min(left, row.box[0]), max(right, row.box[2])
        elif at - end >= 2:
            break
    return end


def _has_prose(row: Row, width: float) -> bool:
    """Return whether a row has prose over most of `width`, such as a note under the table."""
    return any(
        line.text.count(" ") >= _PROSE_WORDS and line.x1 - line.x0 > width for line in row.lines
    )


def _gutters(rows: Sequence[Row]) -> list[Gap]:
    """Return the vertical gaps that at least 88 % of the rows leave white."""
    edges = sorted(
        [(line.x0, 1) for row in rows for line in row.lines]
        + [(line.x1, -1) for row in rows for line in row.lines]
    )
    width = _MIN_GUTTER_WIDTH * median(row.size for row in rows)
    allowed = int(_MAX_CROSSING_SHARE * len(rows))
    gaps: list[Gap] = []
    depth, opened, seen = 0, 0.0, False
    for at, (x, step) in enumerate(edges):
        depth += step
        if depth > allowed:
            if seen and opened and x - opened >= width:
                gaps.append((opened, x))
            opened, seen = 0.0, True
        elif step < 0 and not opened and at + 1 < len(edges):
            opened = x
    return gaps


def _fill(row: Row, gutters: Sequence[Gap]) -> list[str]:
    cells: list[list[Line]] = [[] for _ in range(len(gutters) + 1)]
    for line in row.lines:
        centre = (line.x0 + line.x1) / 2
        start = line.x0 if len(row.lines) == 1 else centre
        cells[sum(start > (left + right) / 2 for left, right in gutters)].append(line)
    return [without_leaders(" ".join(line.text.strip() for line in cell)) for cell in cells]


def _join_affixes(cells: list[list[str]], spans: list[Gap]) -> list[list[str]]:
    """Join columns of currency or percent signs, and their spans, to the numbers beside them."""
    column = 0
    while column < len(cells[0]):
        entries = {row[column] for row in cells if row[column]}
        if not entries or entries <= _AFFIX:
            before = column > 0 and not entries & {"$", "€", "£", "¥", "US$", "("}
            beside = column - 1 if before else column + 1
            if 0 <= beside < len(cells[0]):
                first, second = sorted((column, beside))
                for row in cells:
                    row[first : second + 1] = [(row[first] + " " + row[second]).strip()]
                spans[first : second + 1] = [(spans[first][0], spans[second][1])]
                continue
        column += 1
    return cells


def _is_tabular(cells: Sequence[Sequence[str]]) -> bool:
    """Return whether cells are columns of short entries, not a list or numbered prose."""
    columns: list[tuple[str, ...]] = list(zip(*cells, strict=True))
    filled = sum(bool(entry) for row in cells for entry in row)
    if len(columns) < 2 or filled < _MIN_FILLED_SHARE * len(cells) * len(columns):
        return False
    first = [entry for entry in columns[0] if entry]
    # Two columns are a list if most entries of the first are list marks.
    if len(columns) == 2 and sum(bool(_MARKER.match(entry)) for entry in first) > 0.6 * len(first):
        return False
    entries = [entry for column in columns[1:] for entry in column if entry]
    words = sum(entry.count(" ") + 1 for entry in entries) / max(1, len(entries))
    numeric = sum(bool(_NUMERIC.match(entry)) for entry in entries) / max(1, len(entries))
    if len(columns) == 2:
        return numeric >= 0.6 and len(entries) >= _MIN_FILLED_SHARE * len(cells)
    return words <= _MAX_WORDS_PER_CELL
