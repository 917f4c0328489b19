"""Reads the rows that a read model is built from, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator

from shared.database.base import Database
from shared.repositories import indexed_chunks
from shared.repositories.indexed_chunks import PAGE, IndexedChunk


async def every_indexed_chunk(
    database: Database, *, vectors: bool = False, limit: int = PAGE
) -> AsyncIterator[list[IndexedChunk]]:
    """Yield all indexed chunks in pages of `limit`, each read in a transaction of its own.

    A chunk that changes between two pages is missed; its event comes after the model's place.
    """
    last = ""
    while rows := await database.read(
        indexed_chunks.page, after=last, limit=limit, vectors=vectors
    ):
        yield rows
        last = rows[-1].chunk_id
