"""The keyword index as a read model of the indexed chunks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence

from services.query.read_models.changes import Changes, changes_of
from shared.database.base import Database
from shared.domain.position import Position
from shared.keywords.base import KeywordChunk, KeywordIndex
from shared.repositories import indexed_chunks, live_chunks
from shared.repositories.events import StoredEvent
from shared.repositories.indexed_chunks import IndexedChunk
from shared.repositories.scope import Scope

# Documents read at once: whole, because the chunks of a document tell each other's language.
_DOCUMENTS = 10
# Chunks that a rebuild makes searchable at once: a commit costs as much as a few hundred of them.
_CHUNKS_PER_COMMIT = 1_000
# Seconds after which events that change nothing are counted as applied on disk too, so that a
# restart does not find them removed.
_COMMIT_EVERY_S = 60.0


class KeywordModel:
    """`ReadModel` that writes to a keyword index."""

    name = "keywords"

    def __init__(self, database: Database, index: KeywordIndex) -> None:
        self._database = database
        self._index = index
        self._position = index.position
        self._committed = time.monotonic()

    @property
    def position(self) -> Position | None:
        return self._position

    async def count(self) -> int:
        """Return the number of chunks in the index."""
        return await asyncio.to_thread(self._index.count)

    async def rebuild(self, position: Position) -> None:
        self._position = None
        await asyncio.to_thread(self._index.clear)
        waiting = 0
        ids = await self._database.read(live_chunks.document_ids, Scope())
        for start in range(0, len(ids), _DOCUMENTS):
            some = ids[start : start + _DOCUMENTS]
            rows = await self._database.read(indexed_chunks.of_changes, some, ())
            await asyncio.to_thread(self._index.put, _chunks(rows))
            waiting += len(rows)
            if waiting >= _CHUNKS_PER_COMMIT:
                await asyncio.to_thread(self._index.commit, None)
                waiting = 0
        await self._commit(position)

    async def apply(self, events: Sequence[StoredEvent], position: Position) -> None:
        changes = changes_of(events)
        if changes:
            rows = await self._database.read(
                indexed_chunks.of_changes, changes.reloaded, changes.batches
            )
            await asyncio.to_thread(self._write, changes, rows)
        if changes or time.monotonic() - self._committed > _COMMIT_EVERY_S:
            await self._commit(position)
        self._position = position

    def _write(self, changes: Changes, rows: Iterable[IndexedChunk]) -> None:
        for document_id in changes.removed | changes.reloaded:
            self._index.remove_document(document_id)
        for document_id, revision in changes.superseded.items():
            self._index.remove_document(document_id, below_revision=revision)
        self._index.put(_chunks(rows))

    async def _commit(self, position: Position) -> None:
        await asyncio.to_thread(self._index.commit, position)
        self._position, self._committed = position, time.monotonic()


def _chunks(rows: Iterable[IndexedChunk]) -> list[KeywordChunk]:
    return [
        KeywordChunk(
            chunk_id=row.chunk_id,
            document_id=row.document_id,
            revision=row.revision,
            collection=row.collection,
            chunk_type=row.chunk_type,
            title=row.title,
            section=row.section,
            content=row.content,
        )
        for row in rows
    ]
