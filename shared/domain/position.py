"""A place in the history of events."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """The id of a history of events, and the number of the last event before the place.

    Numbers of different histories can't be compared.
    """

    epoch: str
    seq: int

    def includes(self, other: Position) -> bool:
        """Return whether a reader at this place has read all that one at `other` has."""
        return self.epoch == other.epoch and self.seq >= other.seq
