"""Joins columns of currency and percent signs to the numbers beside them. No I/O.

Financial tables often print the sign in a column of its own; a reader sees one number.
"""

from __future__ import annotations

from collections.abc import Sequence

_BEFORE = frozenset({"$", "€", "£", "¥", "US$", "CHF", "EUR", "USD", "GBP", "(", "$ (", "€ ("})
_AFTER = frozenset({"%", ")", ")%", ") %", "€", "‰", "bps"})
_MAX_COLUMNS = 400  # more come from a drawing; each is compared with all rows of its neighbour

Rows = tuple[tuple[str, ...], ...]


def join_affixes(rows: Rows) -> Rows:
    """Return the rows with columns joined in which one cell is a sign for the other.

    Two columns are joined if a row has a sign and its number in them, and no row has two other
    entries. The name of such a column may stand over the sign or over the number.

    >>> join_affixes((("", "2023", ""), ("Sales", "$", "12"), ("Costs", "", "9")))
    (('', '2023'), ('Sales', '$ 12'), ('Costs', '9'))
    """
    if not rows or not 2 < len(rows[0]) <= _MAX_COLUMNS:
        return rows
    columns: list[Sequence[str]] = [tuple(row[0] for row in rows)]
    for column in zip(*(row[1:] for row in rows), strict=True):
        # The first column has the names of the rows.
        if len(columns) > 1 and _belong_together(columns[-1], column):
            columns[-1] = [_joined(*pair) for pair in zip(columns[-1], column, strict=True)]
        else:
            columns.append(column)
    return tuple(zip(*columns, strict=True))


def _belong_together(left: Sequence[str], right: Sequence[str]) -> bool:
    # Equal cells are one name that stands above both columns.
    apart = [(one, other) for one, other in zip(left, right, strict=True) if one != other]
    both = [(one, other) for one, other in apart if one and other]
    if not both:
        return False
    if all(one in _BEFORE and _has_digit(other) for one, other in both):
        return True
    signs = [other for _, other in apart if other]
    return all(other in _AFTER for other in signs) and all(_has_digit(one) for one, _ in both)


def _has_digit(cell: str) -> bool:
    """Return whether a cell is a number, or the dash of one that is missing."""
    return any(map(str.isdigit, cell)) or cell in ("-", "–", "—")


def _joined(left: str, right: str) -> str:
    if not (left and right) or left == right:
        return left or right
    return left + right if left.endswith("(") or right.startswith(")") else f"{left} {right}"
