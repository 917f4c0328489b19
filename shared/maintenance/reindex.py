"""Writes stored vectors to the index again while documents may be added or removed.

Removal deletes vectors before rows. A row read between the two would leave its vector in the index
permanently, so the vectors of chunks that are no longer kept are deleted after the write.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.database.base import Database
from shared.repositories import chunks
from shared.vectors.base import VectorIndex, VectorRow


async def reindex(database: Database, index: VectorIndex, rows: Sequence[VectorRow]) -> set[str]:
    """Write rows to the index; return the ids of those that are still kept afterwards."""
    await index.upsert(rows)
    kept = await database.read(chunks.kept_ids, [row.chunk_id for row in rows])
    removed: dict[str, list[str]] = {}
    for row in rows:
        if row.chunk_id not in kept:
            removed.setdefault(row.chunk_type, []).append(row.chunk_id)
    if removed:
        await index.delete_chunks(removed)
    return kept
