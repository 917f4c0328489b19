"""Reads the responses of routes from the database, in a few statements each.

An unknown document is refused with 404; one that is deleted, or being deleted, with 410.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from services.gateway.schemas.audit import Receipt
from services.gateway.schemas.chunks import ChunkPage, ChunkView
from services.gateway.schemas.documents import DocumentPage, DocumentView
from services.gateway.schemas.status import ProcessingStatus
from services.gateway.schemas.tasks import TaskList, TaskView
from services.gateway.schemas.unread_pages import UnreadPageList, UnreadPageView
from shared.database.schema import Document
from shared.domain.caller import Right
from shared.domain.status import UNDELETED
from shared.http import cursors
from shared.http.problems import Refusal, refusal
from shared.ledger.lifecycle import ERASED
from shared.repositories import (
    access,
    audit_log,
    chunks,
    documents,
    events,
    progress,
    tasks,
    unread_pages,
)

_READ_ONLY = (
    "You may read documents of the collection `{collection}`, but not change them. Ask its owner"
    " for the right to write."
)
_NO_COLLECTION = (
    "No collection `{collection}` is open to you for adding documents. `GET /api/v1/collections`"
    " lists yours."
)
# Before the first passage: ordinals begin at 0.
BEFORE_FIRST = -1


def no_document() -> Refusal:
    return refusal(404, "not_found", "No document has this id.")


def document(session: Session, document_id: str, right: Right = "read") -> Document:
    """Return the document. Refusal: 404, 410; 403 if the caller may read it, but no more."""
    found = documents.get(session, document_id)
    if found is None:
        raise no_document()
    if found.status not in UNDELETED:
        raise refusal(410, "gone", "This document was deleted.")
    if not access.has_right(session, found.collection, right):
        raise refusal(403, "forbidden", _READ_ONLY.format(collection=found.collection))
    return found


def receipt(session: Session, document_id: str) -> Receipt:
    """Return the receipt of a document's deletion. Refusal: 404; 409 while it is not deleted."""
    found = documents.get(session, document_id)
    if found is None:
        raise no_document()
    if found.status != "gone":
        raise refusal(409, "conflict", "The document is not deleted, or its removal has not ended.")
    with access.as_system():
        entries = audit_log.entries(session, object_=document_id, action=ERASED, limit=1)
    if not entries:
        raise refusal(404, "not_found", "An earlier version deleted this document.")
    return Receipt.from_entry(entries[0])


def may_read(session: Session, collection: str) -> bool:
    """Return whether the caller may read documents of a collection, whether or not it exists."""
    return access.has_right(session, collection, "read")


def require_collection(session: Session, name: str) -> None:
    """Refuse a collection that the caller may not add to, whether or not it exists: 404."""
    if not access.has_right(session, name, "write"):
        raise refusal(404, "not_found", _NO_COLLECTION.format(collection=name))


def document_page(
    session: Session,
    /,
    *,
    sort: documents.SortKey,
    ascending: bool,
    cursor: str | None,
    limit: int,
    status: str | None = None,
    **filters: Any,
) -> DocumentPage:
    """Return documents after `cursor` in the order of `sort`; `filters` are those of the table."""
    statuses = [status] if status else []
    # First: what is read after it may include later events, which do no harm when they come again.
    as_of = events.position(session)
    found = documents.page(
        session,
        statuses=statuses,
        sort=sort,
        ascending=ascending,
        after=_place_of(cursor, sort) if cursor else None,
        limit=limit + 1,
        **filters,
    )
    shown, more = found[:limit], len(found) > limit
    return DocumentPage(
        documents=[DocumentView.from_row(one) for one in shown],
        total=documents.count(session, statuses=statuses, **filters),
        next_cursor=_cursor_after(shown[-1], sort) if more else None,
        as_of=str(as_of),
    )


def _cursor_after(row: Document, sort: documents.SortKey) -> str:
    if sort == "created_at":
        return cursors.after_row(row.created_at, row.document_id)
    return cursors.after_sorted(sort, getattr(row, sort), row.document_id)


def _place_of(cursor: str, sort: documents.SortKey) -> tuple[Any, str]:
    if sort == "created_at":
        return cursors.read_row(cursor)
    return cursors.read_sorted(cursor, sort)


def processing_status(session: Session, document_id: str) -> ProcessingStatus:
    """Return the progress of the work, also on a document that is deleted. Refusal: 404."""
    row = progress.of_document(session, document_id)
    if row is None:
        raise no_document()
    return ProcessingStatus.from_row(row)


def chunk_page(
    session: Session,
    document_id: str,
    *,
    cursor: str | None,
    limit: int,
    sentences: bool = False,
) -> ChunkPage:
    """Return passages of the live revision, or of the one that is being read if none is live.

    A cursor continues in the revision that it was made for. Refusal: 404, 410.
    """
    found = document(session, document_id)
    revision, after = found.live_revision or found.revision, BEFORE_FIRST
    if cursor:
        revision, after = cursors.read_chunk(cursor)
    rows = chunks.of_document(
        session, document_id, revision, after=after, limit=limit + 1, sentences=sentences
    )
    shown, more = rows[:limit], len(rows) > limit
    return ChunkPage(
        document_id=document_id,
        revision=revision,
        chunks=[ChunkView.from_row(one, sentences=sentences) for one in shown],
        next_cursor=cursors.after_chunk(revision, shown[-1].ordinal) if more else None,
    )


def unread_page_list(session: Session, document_id: str) -> UnreadPageList:
    """Return the pages without text for a parser, of the current revision. Refusal: 404, 410."""
    found = document(session, document_id)
    rows = unread_pages.of_document(session, document_id, found.revision)
    return UnreadPageList(
        document_id=document_id,
        revision=found.revision,
        pages=[UnreadPageView.from_columns(row) for row in rows],
    )


def task_list(session: Session, document_id: str) -> TaskList:
    """Return all tasks of a document. Refusal: 404, 410."""
    document(session, document_id)
    found = tasks.of_document(session, document_id)
    return TaskList(document_id=document_id, tasks=[TaskView.model_validate(one) for one in found])


def task_of_celery(session: Session, celery_task_id: str) -> TaskList:
    """Return the task that a Celery message was sent for, with its document's id. Refusal: 404."""
    found = tasks.by_celery_id(session, celery_task_id)
    if found is None:
        raise refusal(404, "not_found", "No task was sent to Celery under this id.")
    return TaskList(document_id=found.document_id, tasks=[TaskView.model_validate(found)])


def chunk(session: Session, document_id: str, chunk_id: str) -> ChunkView:
    """Return one chunk with its sentences. Refusal: 404, 410."""
    found = document(session, document_id)
    revisions = {found.live_revision or found.revision, found.revision}
    row = chunks.with_sentences(session, document_id, chunk_id, revisions)
    if row is None:
        raise refusal(404, "not_found", "The document has no passage with this id.")
    return ChunkView.from_row(row, sentences=True)


def picture(session: Session, document_id: str, chunk_id: str) -> str:
    """Return the blob key of an image passage's picture. Refusal: 404, 410."""
    found = document(session, document_id)
    revisions = {found.live_revision or found.revision, found.revision}
    key = chunks.stored_picture_key(session, document_id, chunk_id, revisions)
    if key is None:
        raise refusal(404, "not_found", "This passage has no picture.")
    return key
