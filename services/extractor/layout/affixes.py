"""Joins columns of currency and percent signs to the numbers beside them. No I/O.

Financial tables often print a sign in a column of its own, and only in some rows; a reader sees one
column of numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_BEFORE = frozenset({"$", "€", "£", "¥", "US$", "CHF", "EUR", "USD", "GBP", "(", "$ (", "€ ("})
_AFTER = frozenset({"%", ")", ")%", ") %", "€", "‰", "bps", "pts", "x"})
_MAX_COLUMNS = 400  # more come from a drawing; each is compared with all rows of its neighbour
# A number with its signs, which stand before it in this column or behind it in the next one.
_NUMBER = re.compile(r"[^\w\s]{0,3}\s?[^\w\s]{0,3}\d[\d.,]{0,24}\s?(?:[^\w\s]{0,3}|bps|pts|x)$")

Rows = tuple[tuple[str, ...], ...]
Group = tuple[int, int]
"""The first column of a group, and the one behind its last."""


def join_affixes(rows: Rows) -> Rows:
    """Return the rows with columns joined in which one cell is a sign for the other.

    >>> join_affixes((("", "2023", ""), ("Sales", "$", "12"), ("Costs", "", "9")))
    (('', '2023'), ('Sales', '$ 12'), ('Costs', '9'))
    """
    return join_columns(rows, affix_groups(rows))


def affix_groups(rows: Rows) -> list[Group]:
    """Return the groups of columns that are one to a reader, from the left.

    Two columns are one if a row has a sign and its number in them, and no row has two other
    entries. Its name may stand over the sign or over the number, as may numbers without a sign.
    """
    if not rows:
        return []
    width = len(rows[0])
    if not 2 < width <= _MAX_COLUMNS:
        return [(at, at + 1) for at in range(width)]
    groups: list[Group] = [(0, 1)]
    last: list[str] = [row[0] for row in rows]
    for at in range(1, width):
        column = [row[at] for row in rows]
        # The first column has the names of the rows.
        if at > 1 and _belong_together(last, column):
            last = [_joined(*pair) for pair in zip(last, column, strict=True)]
            groups[-1] = (groups[-1][0], at + 1)
        else:
            groups.append((at, at + 1))
            last = column
    return groups


def join_columns(rows: Rows, groups: Sequence[Group]) -> Rows:
    """Return the rows with the columns of each group in one."""
    return tuple(tuple(_all_joined(row[start:end]) for start, end in groups) for row in rows)


def _all_joined(cells: Sequence[str]) -> str:
    whole = ""
    for cell in cells:
        whole = _joined(whole, cell)
    return whole


def _belong_together(left: Sequence[str], right: Sequence[str]) -> bool:
    # Equal cells are one name that stands above both columns.
    apart = [(one, other) for one, other in zip(left, right, strict=True) if one != other]
    signed = [at for at, pair in enumerate(apart) if all(pair)]
    if not signed:
        return _names(left, right) or _names(right, left)
    if not all(_are_sign_and_number(*apart[at]) for at in signed):
        return False
    # Names stand above the first number, on either side; below it, only numbers stand alone.
    return all(_may_stand_alone(other) for _, other in apart[signed[0] :])


def _names(names: Sequence[str], numbers: Sequence[str]) -> bool:
    """Return whether a column has only the name of another one, which has none of its own."""
    first = next((at for at, cell in enumerate(numbers) if cell), len(numbers))
    values = [cell for cell in numbers[first:] if cell]
    return (
        len(values) > 1
        and any(names[:first])
        and not any(names[first:])
        and all(map(_is_number, values))
    )


def _are_sign_and_number(one: str, other: str) -> bool:
    return (one in _BEFORE and _has_digit(other)) or (other in _AFTER and _has_digit(one))


def _may_stand_alone(cell: str) -> bool:
    return cell in _AFTER or _is_number(cell)


def _is_number(cell: str) -> bool:
    """Return whether a cell has a number with its signs, a dash, or nothing."""
    return not any(map(str.isalpha, cell)) or _NUMBER.match(cell) is not None


def _has_digit(cell: str) -> bool:
    """Return whether a cell is a number, or the dash of one that is missing."""
    return any(map(str.isdigit, cell)) or cell in ("-", "–", "—")


def _joined(left: str, right: str) -> str:
    if not (left and right) or left == right:
        return left or right
    return left + right if left.endswith("(") or right.startswith(")") else f"{left} {right}"
