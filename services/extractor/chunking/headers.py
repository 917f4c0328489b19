"""Decides which first rows of a table name its columns. No I/O.

A table may begin with its data: the rows of a form, or those that follow a page break. Such a table
has no header, so that no value is taken for the name of another one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.extractor.document import Block
from shared.text.chunk_sentences import Kind

Row = Sequence[str]

# A number with signs and a unit, or a date; a code; a mark for "no value".
_VALUE = re.compile(
    r"[^\w\s]{0,3}\s?\d[\d.,:/\s–-]{0,30}(?:[%‰°]?\s?[A-Za-zµμΩ°%²³/]{0,8})[)\]]?$"
    r"|(?=\S*\d)(?=\S*[A-Z])[A-Z0-9][\w./-]{1,30}$"
    r"|(?i:yes|no|n/?a|none|ja|nein|[-–—]{1,3}|[x✓✔✗])$"
)
_PERIOD = re.compile(
    r"\W{0,2}(?:FY|Q[1-4]|H[12])\W?(?:(?:19|20)?\d\d)?\W{0,2}$|\W{0,2}(?:19|20)\d\d\W{0,2}$"
)
_CONTINUED = re.compile(r"contin|cont['’]?d|fortsetz|suite|segue|vervolg", re.IGNORECASE)
_MAX_NAME = 80  # characters; the name of a column is shorter than a sentence
_FORM_COLUMNS = 2  # a table of two columns may be a form, of names and values


class Headers:
    """Tells the kinds of rows; keeps the last table's header, since the next page may go on."""

    def __init__(self) -> None:
        self._columns = 0
        self._header: Row = ()

    def close(self) -> None:
        """Note that text follows the last table, so that the next table is another one."""
        self._columns = 0

    def kinds(self, table: Block, caption: str, *, first: bool) -> list[Kind]:
        """Return the kind of each row of a table; `first`: it stands first on a new page."""
        same = self._columns == len(table.rows[0]) and (not caption or _CONTINUED.search(caption))
        repeats = same and tuple(table.rows[0]) == tuple(self._header)
        above = self._header if same and first else None
        kinds = kinds_of_rows(table.rows, True if repeats else table.header, above)
        headed = [row for row, kind in zip(table.rows, kinds, strict=True) if kind == "heading"]
        self._columns = len(table.rows[0])
        self._header = headed[0] if headed else (above or ())
        return kinds


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
    if not body or len(names) < 2 or 2 * len(names) < len(first):
        return False
    if any(len(cell) > _MAX_NAME for cell in names) or first[0].endswith((":", "：")):
        return False
    if _all_periods(first):
        return not all(_all_periods(row) for row in body)
    columns = list(zip(*body, strict=False))
    named, valued = 0, 0
    for cell, column in zip(first, columns, strict=False):
        of_values = _has_values(column)
        if cell and _is_value(cell):
            valued += of_values or len(first) == _FORM_COLUMNS
        elif cell:
            named += of_values
    return valued == 0 or named > valued


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
