"""Interface of a read model: data for searching that one process derives from the database's rows.

A read model is never the truth: what it finds is shown only if its row is live, and it can be
rebuilt from the rows at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from shared.domain.position import Position
from shared.repositories.events import StoredEvent


class ReadModel(Protocol):
    """Data derived from indexed chunks, kept up to date by a `Follower`, one call at a time.

    class Titles:
        name = "titles"
        position: Position | None = None

        async def rebuild(self, position: Position) -> None:
            self.titles = {
                chunk.chunk_id: chunk.title
                async for page in every_indexed_chunk(self.database)
                for chunk in page
            }
            self.position = position

        async def apply(self, events: Sequence[StoredEvent], position: Position) -> None:
            ...  # see `services.query.read_models.changes`
            self.position = position
    """

    @property
    def name(self) -> str:
        """Return the model's name, for logs and metrics."""
        ...

    @property
    def position(self) -> Position | None:
        """Return the place up to which events are applied; None if the model must be rebuilt.

        A model on disk stores its place in the same commit as its data.
        """
        ...

    async def rebuild(self, position: Position) -> None:
        """Read all rows again and stand at `position`, which was read before.

        Rows may be newer than the place: their events are applied again afterwards. It may be
        cancelled or fail at any point; `position` is then None, or the former place and data.
        """

    async def apply(self, events: Sequence[StoredEvent], position: Position) -> None:
        """Apply consecutive events and stand at `position`, that of the last of them.

        It may be called again with events that were applied in part.
        """


@runtime_checkable
class CountedModel(ReadModel, Protocol):
    """A model that has every indexed chunk, so that `quire verify` can compare its size."""

    async def count(self) -> int:
        """Return the number of chunks."""
        ...
