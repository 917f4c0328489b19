"""A place in the history of events."""

from __future__ import annotations

import re
from dataclasses import dataclass

# A number of 18 digits fits into a column of 64 bits.
_TEXT = re.compile(r"([0-9A-Za-z-]{0,64})-([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Position:
    """The id of a history of events, and the number of the last event before the place.

    Numbers of different histories can't be compared.
    """

    epoch: str
    seq: int

    def __str__(self) -> str:
        """Return the place as clients get it and send it back.

        >>> str(Position("3f2b8c1e", 17))
        '3f2b8c1e-17'
        """
        return f"{self.epoch}-{self.seq}"

    def includes(self, other: Position) -> bool:
        """Return whether a reader at this place has read all that one at `other` has."""
        return self.epoch == other.epoch and self.seq >= other.seq


def parse_position(text: str) -> Position | None:
    """Return the place that a client sent; None if it is not one, such as a bare number."""
    found = _TEXT.fullmatch(text)
    return Position(found[1], int(found[2])) if found else None
