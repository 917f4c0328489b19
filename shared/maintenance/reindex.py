"""Writes stored vectors to the index once more, while documents come and go.

Removal takes vectors out first and rows after. What is read in between and written afterwards would
stay in the index for ever, so whatever is no longer kept after the writing is taken out again.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from shared.database.base import Database
from shared.database.schema import Chunk, Document
from shared.domain.status import UNDELETED
from shared.vectors.base import VectorIndex, VectorRow

# Of a document that is to stay, the revision that answers and the one that is about to: removal
# never begins with a chunk of these, and a chunk that has left them never comes back.
KEPT: ColumnElement[bool] = and_(
    Chunk.document_id == Document.document_id,
    Document.status.in_(UNDELETED),
    Chunk.revision >= Document.live_revision,
)


async def reindex(database: Database, vectors: VectorIndex, rows: Sequence[VectorRow]) -> set[str]:
    """Write rows; the ids of those that are still to be there afterwards."""
    await vectors.upsert(rows)
    kept = await database.read(kept_ids, [row.chunk_id for row in rows])
    left: dict[str, list[str]] = {}
    for row in rows:
        if row.chunk_id not in kept:
            left.setdefault(row.chunk_type, []).append(row.chunk_id)
    if left:
        await vectors.delete_chunks(left)
    return kept


def kept_ids(session: Session, chunk_ids: Sequence[str]) -> set[str]:
    """Those of `chunk_ids` that no removal has begun to take out."""
    query = select(Chunk.chunk_id).join(Document, KEPT).where(Chunk.chunk_id.in_(chunk_ids))
    return set(session.scalars(query))
