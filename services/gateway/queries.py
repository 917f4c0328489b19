"""What routes read from the database: plain functions over a `Session`, few statements each.

A document that does not exist is 404; one that is deleted, or being deleted, is 410.
"""

from __future__ import annotations

from typing import NamedTuple, cast

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import Session

from services.gateway.schemas import ChunkPage, DocumentPage, ProcessingStatus, TaskList
from services.gateway.views import chunk_view, document_view, status_view, task_view
from shared.database import sql
from shared.database.schema import Chunk, Document, ProcessingTask
from shared.domain.stages import EMBED
from shared.domain.status import UNDELETED, WORKING
from shared.http import cursors
from shared.http.problems import Refusal, refusal
from shared.repositories import chunks, documents, tasks

FIRST = -1
# This is asked more often than all else together. A row has the attributes of the object, and comes
# in a third of the time.
_COLUMNS = Document.__table__.c
_TASKS, _CHUNKS = ProcessingTask.__table__.c, Chunk.__table__.c
_OF_BATCH = (
    select(func.count())
    .where(
        _CHUNKS.document_id == _TASKS.document_id,
        _CHUNKS.revision == _TASKS.revision,
        _CHUNKS.batch == _TASKS.batch,
    )
    .correlate(ProcessingTask.__table__)
    .scalar_subquery()
)
# Passages that have their vectors: those of the batches whose embedding is done. Batch by batch,
# because the other way round every passage would look for its batch.
_EMBEDDED = (
    select(func.coalesce(func.sum(_OF_BATCH), 0))
    .where(
        _TASKS.document_id == _COLUMNS.document_id,
        _TASKS.revision == _COLUMNS.revision,
        _TASKS.task_type == EMBED.name,
        _TASKS.status == "completed",
    )
    .correlate(Document.__table__)
    .scalar_subquery()
)
_STATUS = select(
    *_COLUMNS,
    sql.now().label("now"),
    case((_COLUMNS.status.in_(WORKING), _EMBEDDED), else_=_COLUMNS.indexed_chunks).label(
        "embedded"
    ),
).where(_COLUMNS.document_id == bindparam("id"))


class StoredFile(NamedTuple):
    """Where a file is, and how to present it."""

    blob_key: str
    file_name: str
    file_type: str


def no_document() -> Refusal:
    return refusal(404, "not_found", "There is no document with this id.")


def document(session: Session, document_id: str) -> Document:
    """The document. Refusal: 404, 410."""
    found = documents.get(session, document_id)
    if found is None:
        raise no_document()
    if found.status not in UNDELETED:
        raise refusal(410, "gone", "This document was deleted.")
    return found


def document_page(
    session: Session, *, status: str | None, collection: str | None, cursor: str | None, limit: int
) -> DocumentPage:
    """Documents, newest first, from behind `cursor`."""
    statuses = [status] if status else []
    found = documents.page(
        session,
        statuses=statuses,
        collection=collection,
        after=cursors.read_row(cursor) if cursor else None,
        limit=limit + 1,
    )
    shown, more = found[:limit], len(found) > limit
    return DocumentPage(
        documents=[document_view(one) for one in shown],
        total=documents.count(session, statuses=statuses, collection=collection),
        next_cursor=cursors.after_row(shown[-1].created_at, shown[-1].document_id)
        if more
        else None,
    )


def processing_status(session: Session, document_id: str) -> ProcessingStatus:
    """How the work goes; a document that was deleted can still be followed."""
    row = session.connection().execute(_STATUS, {"id": document_id}).one_or_none()
    if row is None:
        raise no_document()
    return status_view(cast(Document, row), embedded=int(row.embedded), now=row.now)


def chunk_page(session: Session, document_id: str, *, cursor: str | None, limit: int) -> ChunkPage:
    """Passages of the revision that answers, or of the one that is being read if none does yet."""
    found = document(session, document_id)
    revision, after = found.live_revision or found.revision, FIRST
    if cursor:
        revision, after = cursors.read_chunk(cursor)
    rows = chunks.of_document(session, document_id, revision, after=after, limit=limit + 1)
    shown, more = rows[:limit], len(rows) > limit
    return ChunkPage(
        document_id=document_id,
        revision=revision,
        chunks=[chunk_view(one) for one in shown],
        next_cursor=cursors.after_chunk(revision, shown[-1].ordinal) if more else None,
    )


def task_list(session: Session, document_id: str) -> TaskList:
    """Every task of a document."""
    document(session, document_id)
    found = tasks.of_document(session, document_id)
    return TaskList(document_id=document_id, tasks=[task_view(one) for one in found])


def task_of_celery(session: Session, celery_task_id: str) -> TaskList:
    """The task that a Celery message was sent for, with its document's id. Refusal: 404."""
    found = tasks.by_celery_id(session, celery_task_id)
    if found is None:
        raise refusal(404, "not_found", "No task was sent to Celery under this id.")
    return TaskList(document_id=found.document_id, tasks=[task_view(found)])


def original(session: Session, document_id: str) -> StoredFile:
    """The file that was uploaded."""
    found = document(session, document_id)
    return StoredFile(found.file_path, found.file_name, found.file_type)


def picture(session: Session, document_id: str, chunk_id: str) -> str:
    """The blob key of an image passage's picture. Refusal: 404, 410."""
    found = document(session, document_id)
    key = session.scalar(
        select(Chunk.image_path).where(
            Chunk.chunk_id == chunk_id,
            Chunk.document_id == document_id,
            Chunk.revision.in_({found.live_revision, found.revision} - {None}),
        )
    )
    if key is None:
        raise refusal(404, "not_found", "This passage has no picture.")
    return key
