"""Distance of spellings. No I/O."""

from __future__ import annotations

# Letters; a shorter word has too many neighbours by chance.
_ONE_EDIT, _TWO_EDITS = 4, 7


def edits_allowed(word: str) -> int:
    """Return how many letters of a word may be wrong: none in short words and numbers."""
    if len(word) < _ONE_EDIT or not word.isalpha():
        return 0
    return 1 if len(word) < _TWO_EDITS else 2


def distance(one: str, other: str, limit: int) -> int:
    """Return the edits that lead from one word to another, or `limit` + 1 if there are more.

    An edit inserts, drops or replaces a letter, or swaps neighbours (optimal string alignment).

    >>> distance("calibratoin", "calibration", 2), distance("valve", "valves", 2)
    (1, 1)
    """
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    # An edit changes at most two letters of a word's set: most words differ in more.
    if len(set(one).symmetric_difference(other)) > 2 * limit:
        return limit + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        row = [i]
        for j, b in enumerate(other, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before, last = last, row
    return min(last[-1], limit + 1)
