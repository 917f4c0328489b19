"""Reads the rows of a Markdown table: its header if it has a true one, and its cells. No I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_CELL = re.compile(r"(?<!\\)\|")
_YEAR = re.compile(r"(?:FY|Q[1-4]|H[12])?\s?'?(?:19|20)\d\d(?:\s?[-–/]\s?\d{2,4})?|[QH][1-4]")
# An amount with its sign and unit, or a code; neither names a column.
_AMOUNT = re.compile(
    r"[-+−(<>≤≥~±$€£¥]{0,4}\s?\d[\d.,:\s]{0,20}\)?\s?[^\W\d]{0,4}[%°$€£²³)]{0,3}C?"
)
_CODE = re.compile(r"(?=.{0,12}\d)[^\W_]{1,8}(?:[-_/.][^\W_]{1,12}){0,4}")


def cells(row: str) -> list[str]:
    """Return the cells of a row, with bars unescaped.

    >>> cells("| UF-1 | 20 minutes |")
    ['UF-1', '20 minutes']
    """
    return [cell.strip().replace("\\|", "|") for cell in _CELL.split(row)[1:-1]]


@dataclass(frozen=True, slots=True)
class Part:
    """Cells that follow one another in a row: `row[start:end]`, with the bars around them."""

    start: int
    end: int
    cells: Sequence[str]


def is_form(cells: Sequence[str]) -> bool:
    """Return whether a row has keys and values by turns, as forms do: `Aircraft: | Reims |`.

    >>> is_form(["Aircraft:", "Reims", "Seats:", ""]), is_form(["Revenue:", "", ""])
    (True, False)
    """
    keys = sum(cell.endswith(":") for cell in cells)
    return (
        bool(cells) and cells[0].endswith(":") and len(cells) > 1 and (keys > 1 or any(cells[1:]))
    )


def pairs(row: str) -> list[Part]:
    """Return the keys of a form's row that have a value, each with its value.

    A cell that spans columns is there several times.

    >>> [part.cells for part in pairs("| Aircraft: | Reims | Seats: |  | Light: | Light: | Day |")]
    [['Aircraft:', 'Reims'], ['Light:', 'Day']]
    """
    bars = [found.start() for found in _CELL.finditer(row)]
    texts = cells(row)
    found: list[Part] = []
    for at, key in enumerate(texts):
        last = at + 1 < len(texts) and texts[at + 1] == key
        if not key.endswith(":") or last:
            continue
        value = texts[at + 1] if at + 1 < len(texts) else ""
        if any(map(str.isalnum, value)) and not value.endswith(":"):
            found.append(Part(bars[at], bars[at + 2] + 1, [key, value]))
    return found


def names(header: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the name of each column: the different cells of its header rows, from above.

    >>> names([["", "2023", "2023"], ["Part", "Sold", "Kept"]])
    ('Part', '2023 Sold', '2023 Kept')
    """
    columns = zip(*header, strict=False)
    return tuple(" ".join(dict.fromkeys(filter(None, column))) for column in columns)


def is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row of a table names its columns.

    It does not if a cell beside the first one is blank, if a cell is an amount, a code or a key, or
    if it begins like the rows below it, as the first row of a continued table does.
    """
    first, *below = rows
    if not any(first) or not all(first[1:]) or is_form(first):
        return False
    if is_amount(first[0]) or any(
        is_amount(cell) and not _names_column(cell, at, below) for at, cell in enumerate(first)
    ):
        return False
    return not (len(first) > 1 and below and _begins_like(first[0], below))


def _names_column(cell: str, at: int, below: Sequence[Sequence[str]]) -> bool:
    """Return whether a code, as of a model, stands above cells that are none."""
    if not cell[:1].isalpha():
        return False
    column = [row[at] for row in below if at < len(row) and row[at]]
    return bool(column) and not any(each[:1].isalpha() and is_amount(each) for each in column)


def is_amount(cell: str) -> bool:
    """Return whether a cell is an amount or a code; years and quarters are neither."""
    if _YEAR.fullmatch(cell):
        return False
    return _AMOUNT.fullmatch(cell) is not None or _CODE.fullmatch(cell) is not None


def _begins_like(first: str, below: Sequence[Sequence[str]]) -> bool:
    """Return whether the key of the first row is written in lower case, as all keys below it."""
    keys = [row[0] for row in below if row and row[0]]
    return first[:1].islower() and bool(keys) and all(key[:1].islower() for key in keys)
