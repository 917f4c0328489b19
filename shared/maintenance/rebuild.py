"""Rebuilds the index from the vectors stored with the chunks, without an encoder.

Documents with vectors of another encoder are processed again, because those vectors can't be
compared with a question's.
"""

from __future__ import annotations

import contextlib
from typing import Any

from sqlalchemy.orm import Session

from shared.bus.base import Bus
from shared.database.base import Database
from shared.domain.errors import Conflict
from shared.domain.events import Event
from shared.ledger import lifecycle
from shared.maintenance.reindex import reindex
from shared.repositories import chunks, events
from shared.vectors.base import VectorIndex

# Rows per read; about 3 MB of vectors at 384 dimensions.
_BATCH = 2_000


async def rebuild(
    database: Database, index: VectorIndex, bus: Bus, *, encoder: str
) -> dict[str, Any]:
    """Empty the index and write all usable vectors; return `{"vectors": n, "reprocessed": n}`."""
    await index.reset()
    written, last = 0, ""
    while rows := await database.read(chunks.next_kept_vectors, encoder, after=last, limit=_BATCH):
        written += len(await reindex(database, index, rows))
        last = rows[-1].chunk_id
    # Read models are rebuilt too, by every process that has some.
    await database.transact(events.start_history)
    foreign = await database.read(chunks.documents_of_other_encoders, encoder)
    for document_id in foreign:
        await _reprocess(database, bus, document_id)
    return {"vectors": written, "reprocessed": len(foreign)}


async def _reprocess(database: Database, bus: Bus, document_id: str) -> None:
    try:
        events = await database.transact(_restart, document_id)
    except Conflict:
        return
    await bus.publish(events)


def _restart(session: Session, document_id: str) -> list[Event]:
    """Cancel work in progress and start a new revision. Conflict: the document is deleted."""
    cancelled: list[Event] = []
    with contextlib.suppress(Conflict):
        cancelled = lifecycle.cancel(session, document_id)
    return [*cancelled, *lifecycle.reprocess(session, document_id, "rebuild-index")]
