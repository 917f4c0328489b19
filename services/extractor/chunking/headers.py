"""Decides which first rows of a table name its columns. No I/O.

A table may begin with its data: the rows of a form, or those that follow a page break. Such a table
has no header, so that no value is taken for the name of another one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

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
_MAX_NAME = 60  # characters; the name of a column is shorter than a sentence
_FORM_COLUMNS = 2  # a table of two columns may be a form, of names and values


class Headers:
    """Tells the kinds of rows, and repeats a header in a table that continues on the next page."""

    def __init__(self) -> None:
        self._last: Block | None = None
        self._header: int | None = None

    def close(self) -> None:
        """Note that text follows the last table, so that the next table is another one."""
        self._last = None

    def of(self, table: Block, caption: str, *, first: bool) -> tuple[Block, list[Kind]]:
        """Return a table and the kind of each of its rows.

        `first`: it stands first on a new page. If it continues the last table and lacks the header
        of that, the header is put above its rows, with its own page and box.
        """
        known, above = table.header, None
        if self._last is not None and _is_same(self._last, table, caption):
            above = self._last.rows[self._header] if self._header is not None else ()
            if table.rows[0] == above:
                known, above = True, None
            elif first and self._header is not None:
                table, known, above = _below(self._last, self._header, table), True, None
            elif not first:
                above = None
        kinds = kinds_of_rows(table.rows, known, above)
        self._last = table
        self._header = kinds.index("heading") if "heading" in kinds else None
        return table, kinds


def _is_same(last: Block, table: Block, caption: str) -> bool:
    """Return whether a table may be the rest of the last one: names begin another table."""
    if caption and not _CONTINUED.search(caption):
        return False
    if len(last.rows[0]) != len(table.rows[0]):
        return False
    columns = zip(table.rows[0], zip(*last.rows[1:], strict=True), strict=False)
    cells = [cell for cell, column in columns if cell and _has_values(column)]
    return table.rows[0] in last.rows or not cells or any(map(_is_value, cells))


def _below(last: Block, header: int, table: Block) -> Block:
    """Return a table with the header row of the last one above its rows."""

    def joined(ours: Sequence[T], theirs: Sequence[T]) -> tuple[T, ...]:
        return (theirs[header], *ours) if ours and theirs else ()

    def pages(block: Block) -> Sequence[int]:
        return block.row_pages or (block.page or 0,) * len(block.rows)

    marks = [mark.moved(1) for mark in table.row_marks]
    marks += [
        mark._replace(start=0, end=1) for mark in last.row_marks if mark.start <= header < mark.end
    ]
    return replace(
        table,
        rows=(last.rows[header], *table.rows),
        row_boxes=joined(table.row_boxes, last.row_boxes),
        row_pages=joined(pages(table), pages(last)) if table.page else (),
        row_marks=tuple(marks),
    )


def kinds_of_rows(rows: Sequence[Row], header: bool | None, above: Row | None) -> list[Kind]:
    """Return the kind of each row: a title is a caption, and names of columns are a heading.

    `header` is what the format says of the first row, None if it says nothing. `above` is the
    header of the table that this one continues, which it may repeat.
    """
    kinds: list[Kind] = ["table_row"] * len(rows)
    at = 0
    if len(rows) > 2 and _is_title(rows[0]) and not _is_title(rows[1]):
        kinds[0], at = "caption", 1
    if above is not None:
        named = tuple(rows[at]) == tuple(above)
    else:
        named = any(rows[at]) if header else header is None and _names_columns(rows[at:])
    if named:
        kinds[at] = "heading"
        if at + 2 < len(rows) and not rows[at + 1][0] and _all_periods(rows[at + 1]):
            kinds[at + 1] = "heading"
    return kinds


def _is_title(row: Row) -> bool:
    return len(row) > 1 and bool(row[0]) and not any(row[1:])


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
