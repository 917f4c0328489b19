"""Writes stored vectors to the index again while documents may be added or removed.

Removal deletes vectors before rows. A row read between the two would leave its vector in the index
permanently, so the vectors of chunks that are no longer kept are deleted after the write.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from shared.database.base import Database
from shared.database.schema import Chunk, Document
from shared.domain.status import UNDELETED
from shared.vectors.base import VectorIndex, VectorRow

# Chunks of the live revision and of a newer one, of documents that are not deleted. A removal
# changes this state before it deletes vectors, and no chunk returns to it.
KEPT: ColumnElement[bool] = and_(
    Chunk.document_id == Document.document_id,
    Document.status.in_(UNDELETED),
    Chunk.revision >= Document.live_revision,
)


async def reindex(database: Database, vectors: VectorIndex, rows: Sequence[VectorRow]) -> set[str]:
    """Write rows to the index; return the ids of those that are still kept afterwards."""
    await vectors.upsert(rows)
    kept = await database.read(kept_ids, [row.chunk_id for row in rows])
    removed: dict[str, list[str]] = {}
    for row in rows:
        if row.chunk_id not in kept:
            removed.setdefault(row.chunk_type, []).append(row.chunk_id)
    if removed:
        await vectors.delete_chunks(removed)
    return kept


def kept_ids(session: Session, chunk_ids: Sequence[str]) -> set[str]:
    """Return those of `chunk_ids` whose removal has not begun."""
    query = select(Chunk.chunk_id).join(Document, KEPT).where(Chunk.chunk_id.in_(chunk_ids))
    return set(session.scalars(query))
