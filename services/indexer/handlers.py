"""Writes vectors to the index and removes deleted documents and replaced revisions.

Removal waits until no other worker is active on the document, because rows written after it would
never be removed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from shared.blobs.base import Blobs, page_prefix, picture_prefix
from shared.domain.errors import IndexFailed, QuireError, Unavailable
from shared.domain.events import (
    ChunksEmbedded,
    DocumentDeletionRequested,
    RevisionSuperseded,
    TaskEvent,
)
from shared.ledger import tasks
from shared.ledger.steps import ClaimedTask, Step
from shared.ledger.writes import (
    ClearBlobRemoval,
    ClearDocument,
    MarkBlobRemoval,
    MarkIndexed,
    RetireChunks,
)
from shared.repositories import chunks as stored
from shared.repositories import documents
from shared.repositories.blob_removals import new_owner
from shared.vectors.base import VectorIndex, VectorRow
from shared.worker.worker import Handler

BUSY = "Other work on this document is still ending."


@dataclass(frozen=True)
class Remains:
    """The data to remove: chunk ids by type and the original's blob; `busy` while workers run."""

    chunks: Mapping[str, list[str]]
    blob_key: str
    busy: bool


@dataclass(frozen=True)
class Indexing:
    """Handles indexing and removal.

    `owner` names the process in the marks of blobs. `may_remove` returns whether the blob of a key
    may be removed under the mark of an owner.
    """

    vector_index: VectorIndex
    blobs: Blobs
    owner: str
    may_remove: Callable[[str, str], Awaitable[bool]]

    async def index(self, task: ClaimedTask, rows: list[VectorRow]) -> AsyncIterator[Step]:
        """Store the batch in the index and yield one step that marks it, or raise IndexFailed."""
        try:
            await self.vector_index.upsert(rows)
        except QuireError:
            raise
        except Exception as error:
            raise IndexFailed from error
        yield Step(
            writes=[MarkIndexed([row.chunk_id for row in rows])],
            last=True,
        )

    async def retire(self, task: ClaimedTask, remains: Remains) -> AsyncIterator[Step]:
        """Remove older revisions in one step, or raise Unavailable while workers run."""
        if remains.busy:
            raise Unavailable(BUSY)
        await self.vector_index.delete_chunks(remains.chunks)
        yield Step(writes=[RetireChunks(task.revision)], last=True)

    async def delete(self, task: ClaimedTask, remains: Remains) -> AsyncIterator[Step]:
        """Remove a document's rows, then its original if no other document uses it."""
        if remains.busy:
            raise Unavailable(BUSY)
        await self.vector_index.delete_document(task.document_id)
        await asyncio.to_thread(self._remove_pictures, task.document_id)
        key, owner = remains.blob_key, new_owner(self.owner)
        yield Step(
            writes=[ClearDocument(), *([MarkBlobRemoval(key, owner)] if key else [])],
            result={"blob_key": key},
            progress=80.0,
        )
        if key and await self.may_remove(key, owner):
            await asyncio.to_thread(self.blobs.remove, key)
        yield Step(writes=[ClearBlobRemoval(key, owner)] if key else [], last=True)

    def _remove_pictures(self, document_id: str) -> None:
        for prefix in (picture_prefix(document_id), page_prefix(document_id)):
            for key in list(self.blobs.keys(prefix)):
                self.blobs.remove(key)


def load_rows(session: Session, task: ClaimedTask) -> list[VectorRow]:
    """Return the vectors of the task's batch."""
    return stored.vectors_of_batch(session, task.document_id, task.revision, task.batch)


def load_superseded(session: Session, task: ClaimedTask) -> Remains:
    """Return the data of revisions before the task's."""
    return _remains(session, task, below_revision=task.revision)


def load_deleted(session: Session, task: ClaimedTask) -> Remains:
    """Return the data of all revisions of a document."""
    return _remains(session, task, below_revision=None)


def _remains(session: Session, task: ClaimedTask, *, below_revision: int | None) -> Remains:
    return Remains(
        chunks=stored.ids_by_type(session, task.document_id, below_revision=below_revision),
        blob_key=documents.key_to_remove(session, task.task_id),
        busy=tasks.has_active_workers(
            session, task.document_id, except_task=task.task_id, below_revision=below_revision
        ),
    )


def handlers(indexing: Indexing) -> Mapping[type[TaskEvent], Handler]:
    """Return the handler of each event."""
    return {
        ChunksEmbedded: Handler(load=load_rows, handle=indexing.index),
        RevisionSuperseded: Handler(load=load_superseded, handle=indexing.retire),
        DocumentDeletionRequested: Handler(load=load_deleted, handle=indexing.delete),
    }
