"""The vectors of all indexed chunks in memory, as a read model.

A large installation has more vectors than fit; its questions search the index instead.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from services.query.read_models.changes import changes_of
from services.query.read_models.rows import every_indexed_chunk
from shared.database.base import Database
from shared.domain.position import Position
from shared.repositories import indexed_chunks
from shared.repositories.events import StoredEvent
from shared.repositories.indexed_chunks import IndexedChunk
from shared.vectors.base import VectorRow
from shared.vectors.matrix import VectorMatrix

log = logging.getLogger(__name__)


class VectorModel:
    """`ReadModel` of the vectors of one encoder; it holds none if they are more than `limit`.

    While chunks have vectors of another encoder, the index is searched, which knows whose it has.
    """

    name = "vectors"

    def __init__(self, database: Database, *, encoder: str, dimension: int, limit: int) -> None:
        self._database = database
        self._encoder = encoder
        self._limit = limit
        self._dimension = dimension
        self._matrix = VectorMatrix(dimension)
        # The revision of each chunk, to remove those of older ones.
        self._revisions: dict[str, int] = {}
        # Revisions of the chunks of another encoder, by document.
        self._foreign: dict[str, dict[str, int]] = {}
        self._is_over = False
        self._position: Position | None = None

    @property
    def position(self) -> Position | None:
        return self._position

    @property
    def matrix(self) -> VectorMatrix | None:
        """Return the vectors; None if there are too many, or if some are not read or foreign."""
        if self._position is None or self._is_over or self._foreign:
            return None
        return self._matrix

    async def rebuild(self, position: Position) -> None:
        self._position, self._is_over = None, self._limit == 0
        self._clear()
        pages = every_indexed_chunk(self._database, vectors=True)
        while not self._is_over and (rows := await anext(pages, None)):
            self._put(rows)
        self._position = position

    async def apply(self, events: Sequence[StoredEvent], position: Position) -> None:
        changes = changes_of(events)
        if changes and not self._is_over:
            # Read before anything is removed, so that no search misses chunks that stay.
            rows = await self._database.read(
                indexed_chunks.of_changes, changes.reloaded, changes.batches, vectors=True
            )
            for document_id in changes.removed | changes.reloaded:
                self._remove(document_id)
            for document_id, revision in changes.superseded.items():
                self._remove(document_id, below_revision=revision)
            self._put(rows)
        self._position = position

    def _put(self, rows: Iterable[IndexedChunk]) -> None:
        mine: list[IndexedChunk] = []
        for row in rows:
            foreign = self._foreign.pop(row.document_id, {})
            foreign.pop(row.chunk_id, None)
            if row.vector is not None and row.encoder == self._encoder:
                mine.append(row)
            else:
                foreign[row.chunk_id] = row.revision
            if foreign:
                self._foreign[row.document_id] = foreign
        self._matrix.put(
            VectorRow.stored(row.chunk_id, row.chunk_type, row.document_id, row.vector)
            for row in mine
        )
        self._revisions |= {row.chunk_id: row.revision for row in mine}
        if len(self._matrix) > self._limit:
            log.warning(
                "too many vectors to search exactly; questions search the index",
                extra={"limit": self._limit},
            )
            self._clear()
            self._is_over = True

    def _remove(self, document_id: str, *, below_revision: int | None = None) -> None:
        gone = [
            chunk_id
            for chunk_id in self._matrix.chunk_ids(document_id)
            if below_revision is None or self._revisions[chunk_id] < below_revision
        ]
        self._matrix.drop(gone)
        for chunk_id in gone:
            del self._revisions[chunk_id]
        foreign = self._foreign.pop(document_id, {})
        if below_revision is not None:
            kept = {key: each for key, each in foreign.items() if each >= below_revision}
            if kept:
                self._foreign[document_id] = kept

    def _clear(self) -> None:
        """Start with another matrix; running searches keep the one they have."""
        self._matrix = VectorMatrix(self._dimension)
        self._revisions.clear()
        self._foreign.clear()
