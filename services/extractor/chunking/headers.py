"""Decides which first rows of a table name its columns. No I/O.

A table may begin with its data: the rows of a form, or those that follow a page break. Such a table
has no header, so that no value is taken for the name of another one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from services.extractor.chunking.sentences import Part
from services.extractor.document import Block
from shared.text.chunk_sentences import Kind

Row = Sequence[str]
T = TypeVar("T")

# A number with signs and a unit, or a date; a code; a mark for "no value".
_VALUE = re.compile(
    r"[^\w\s]{0,3}\s?[^\w\s]{0,2}\d[\d.,:/\s–-]{0,30}(?:[%‰°]?\s?[A-Za-zµμΩ°%²³/]{0,8})[)\]]?$"
    r"|(?=\S*\d)(?=\S*[A-Z])[A-Z0-9][\w./-]{1,30}$"
    r"|(?i:yes|no|n/?a|none|ja|nein|[-–—]{1,3}|[x✓✔✗])$"
)
_PERIOD = re.compile(
    r"\W{0,2}(?:FY|Q[1-4]|H[12])\W?(?:(?:19|20)?\d\d)?\W{0,2}$|\W{0,2}(?:19|20)\d\d\W{0,2}$"
)
_CONTINUED = re.compile(r"contin|cont['’]?d|fortsetz|suite|segue|vervolg", re.IGNORECASE)
_UNIT = re.compile(r"^\W{0,2}(?:in|en) |[($€£¥] ?[^()]{0,60}\)[:：]?$", re.IGNORECASE)
_MAX_NAME = 60  # characters; the name of a column is shorter than a sentence
_MAX_TITLES = 4  # rows above the names: title, subtitle, unit and date
_MAX_NAME_ROWS = 6  # a header of more lines is a table of its own
_FORM_COLUMNS = 2  # a table of two columns may be a form, of names and values


class Headers:
    """Tells the kinds of rows, and repeats a header in a table that continues on the next page."""

    def __init__(self) -> None:
        self._last: Block | None = None
        self._lead: Sequence[Part] = ()
        self._names: list[int] = []

    def close(self) -> None:
        """Note that text follows the last table, so that the next table is another one."""
        self._last = None

    def of(
        self, table: Block, lead: Sequence[Part], *, first: bool
    ) -> tuple[Block, list[Kind], Sequence[Part]]:
        """Return a table, the kind of each of its rows, and the lines above its parts.

        `first`: it stands first on a new page. If it continues the last table and lacks the lead or
        the header rows of that, these are put above its rows, with their own page and boxes.
        """
        above: Row | None = None
        known = table.header
        if self._last is not None and _is_same(self._last, table, lead):
            above = self._last.rows[self._names[-1]] if self._names else ()
            repeats = table.rows[0] in self._last.rows[: len(self._names) + 1]
            if first:
                lead = self._continued(lead)
            if repeats:
                above = None if self._names else above
            elif first and self._names:
                kinds = _continued_kinds(self._names, table)
                table = _below(self._last, self._names, table)
                return self._noted(table, kinds, lead)
            elif not first:
                above = None
        return self._noted(table, kinds_of_rows(table.rows, known, above), lead)

    def _continued(self, lead: Sequence[Part]) -> Sequence[Part]:
        """Return the lines above a table that continues the last one, with the unit of that."""
        if not lead:
            return self._lead
        said = {line.text for line in lead}
        units = (line for line in self._lead if _UNIT.search(line.text))
        return [*lead, *(line for line in units if line.text not in said)]

    def _noted(
        self, table: Block, kinds: list[Kind], lead: Sequence[Part]
    ) -> tuple[Block, list[Kind], Sequence[Part]]:
        titles = [
            Part(" ".join(next(filter(None, row)).split()), kind, table, row=at)
            for at, (row, kind) in enumerate(zip(table.rows, kinds, strict=True))
            if kind == "caption"
        ]
        self._last, self._lead = table, [*lead, *titles]
        self._names = [at for at, kind in enumerate(kinds) if kind == "heading"]
        return table, kinds, lead


def is_continued(title: str) -> bool:
    """Return whether a title says that the table below it continues another one."""
    return _CONTINUED.search(title) is not None


def _continued_kinds(names: Sequence[int], table: Block) -> list[Kind]:
    header: list[Kind] = ["heading"] * len(names)
    rows: list[Kind] = ["table_row"] * len(table.rows)
    return header + rows


def _is_same(last: Block, table: Block, lead: Sequence[Part]) -> bool:
    """Return whether a table may be the rest of the last one: names begin another table."""
    if lead and not any(is_continued(line.text) for line in lead):
        return False
    if len(last.rows[0]) != len(table.rows[0]):
        return False
    columns = zip(table.rows[0], zip(*last.rows[1:], strict=True), strict=False)
    cells = [cell for cell, column in columns if cell and _has_values(column)]
    return table.rows[0] in last.rows or not cells or any(map(_is_value, cells))


def _below(last: Block, names: Sequence[int], table: Block) -> Block:
    """Return a table with the header rows of the last one above its rows."""

    def joined(ours: Sequence[T], theirs: Sequence[T]) -> tuple[T, ...]:
        return (*(theirs[at] for at in names), *ours) if ours and theirs else ()

    def pages(block: Block) -> Sequence[int]:
        return block.row_pages or (block.page or 0,) * len(block.rows)

    marks = [mark.moved(len(names)) for mark in table.row_marks]
    for number, at in enumerate(names):
        marks += [
            mark._replace(start=number, end=number + 1)
            for mark in last.row_marks
            if mark.start <= at < mark.end
        ]
    return replace(
        table,
        rows=joined(table.rows, last.rows),
        row_boxes=joined(table.row_boxes, last.row_boxes),
        row_pages=joined(pages(table), pages(last)) if table.page else (),
        row_marks=tuple(marks),
    )


def kinds_of_rows(rows: Sequence[Row], header: int | None, above: Row | None) -> list[Kind]:
    """Return the kind of each row: titles are captions, and names of columns are headings.

    `header` is how many rows the format says to be names, None if it says nothing. `above` is the
    last header row of the table that this one continues, which it may repeat.
    """
    kinds: list[Kind] = ["table_row"] * len(rows)
    at = 0
    while at < _MAX_TITLES and len(rows) > at + 2 and _is_title(rows[at]):
        at += 1
    if at and _is_title(rows[at]):
        at = 0  # Rows of one cell each are text in a frame.
    kinds[:at] = ["caption"] * at
    if above is not None:
        count = int(tuple(rows[at]) == tuple(above))
    elif header is not None:
        count = header - at if header > at else int(header > 0)
        count = min(count, len(rows) - at) if any(rows[at]) else 0
        count = max(count, _name_rows(rows[at:])) if count else 0
    else:
        count = _name_rows(rows[at:]) or int(_names_columns(rows[at:]))
    kinds[at : at + count] = ["heading"] * count
    after = at + count
    if count and after + 1 < len(rows) and not rows[after][0] and _all_periods(rows[after]):
        kinds[after] = "heading"
    return kinds


def _name_rows(rows: Sequence[Row]) -> int:
    """Return how many first rows have names, not values, above the columns of values."""
    # The lower half: header rows may be as many as rows of values.
    body = rows[-max(1, len(rows) // 2) :]
    if len(rows) < 2 or rows[0][0].endswith((":", "：")):
        return 0
    valued = [at for at in range(1, len(rows[0])) if _has_values([row[at] for row in body])]
    count = 0
    for row in rows[: min(_MAX_NAME_ROWS, len(rows) - 1)]:
        cells = [row[at] for at in valued if row[at]]
        stub = not row[0] or (count > 0 and row[0] == rows[count - 1][0])
        opens = count == 0 or not rows[count - 1][0]
        if not any(row[1:]) or not (stub or opens) or any(map(_is_value, cells)):
            break
        if not stub and (not cells or _all_periods(row)):
            break
        count += 1
    return count if any(rows[number][at] for number in range(count) for at in valued) else 0


def _is_title(row: Row) -> bool:
    """Return whether a row has one text only, which a merged cell may repeat."""
    return (
        len(row) > 1
        and len({cell for cell in row if cell}) == 1
        and (bool(row[0]) and (not any(row[1:]) or len(set(row)) == 1))
    )


def _names_columns(rows: Sequence[Row]) -> bool:
    """Return whether the first row differs from the rows below as names differ from values."""
    first, body = rows[0], rows[1:]
    names = [cell for cell in first if cell]
    if len(body) > 1 and not first[0] and not body[0][0] and _all_periods(body[0]):
        return True
    if body and _all_periods(first):
        return not all(_all_periods(row) for row in body)
    if not body or len(names) < 2 or 2 * len(names) < len(first):
        return False
    if first[0].endswith((":", "：")):
        return False
    columns = list(zip(*body, strict=False))
    named, valued = 0, 0
    for cell, column in zip(first, columns, strict=False):
        of_values = _has_values(column)
        if cell and _is_value(cell):
            valued += of_values or len(first) == _FORM_COLUMNS
        elif cell:
            named += of_values
    # Without columns of values, names differ from entries only by being short.
    return named > valued or (valued == 0 and all(len(cell) <= _MAX_NAME for cell in names))


def _has_values(column: Row) -> bool:
    """Return whether most of the cells that are not blank are values."""
    cells = [cell for cell in column if cell]
    return 2 * sum(map(_is_value, cells)) > len(cells)


def _all_periods(row: Row) -> bool:
    """Return whether the cells after the first one are years, quarters or blank."""
    cells = [cell for cell in row[1:] if cell]
    return bool(cells) and all(_PERIOD.match(cell) for cell in cells)


def _is_value(cell: str) -> bool:
    return _VALUE.match(cell) is not None and _PERIOD.match(cell) is None
