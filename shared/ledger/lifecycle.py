"""Changes the states of documents; other modules change none.

Every change is a compare-and-set, or is made while the document's row is locked. A document is
`completed` only if the numbers of extracted, stored and indexed chunks are equal in the same
transaction. Functions record the events of their changes and return them, for the caller to publish
after the commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Float, Row, bindparam, func, select, update
from sqlalchemy.orm import Session

from shared.database import sql
from shared.database.schema import Chunk, Document, ProcessingTask, UnreadPage
from shared.domain import events
from shared.domain.errors import Conflict
from shared.domain.stages import DELETE, EXTRACT, PROGRESS_STAGES, RETIRE, Stage
from shared.domain.status import FINISHED, UNDELETED, WORKING, document_progress
from shared.ledger import tasks
from shared.ledger.outcome import outcome
from shared.ledger.steps import ClaimedTask, Written, new_task
from shared.repositories import audit_log, documents, erasure, families, unread_pages
from shared.repositories.events import record

# The action of the receipt of a deletion in the audit log.
ERASED = "document.erase"
# Seconds from opening a task to failing it: six hours leave room for a queue of some hours.
TASK_DEADLINE_S = 6 * 3600.0

# Statements are built once: they run with every step, and building costs more than running.
_PROGRESS = (
    update(Document)
    .where(Document.document_id == bindparam("id"))
    .values(progress=bindparam("reached", type_=Float()))
)
_TASKS = ProcessingTask.__table__.c
_UNFINISHED = (
    select(_TASKS.task_id)
    .where(
        _TASKS.document_id == bindparam("id"),
        _TASKS.revision == bindparam("of"),
        _TASKS.task_type.in_([stage.name for stage in PROGRESS_STAGES]),
        _TASKS.status.in_(("pending", "processing")),
    )
    .limit(1)
)


def create_document(session: Session, document: Document) -> list[events.Event]:
    """Store an accepted upload and open the task that reads it."""
    documents.create(session, document)
    return _open_task(session, document, EXTRACT)


def begin(session: Session, task: ClaimedTask) -> None:
    """Move the document to `processing` at the first claim of its reading task."""
    documents.set_status(session, task.document_id, "processing", started_at=sql.now())


def advance(
    session: Session, task: ClaimedTask, written: Written, *, last: bool
) -> list[events.Event]:
    """Apply a step's changes to its document; return the event of its progress, or of its end.

    The first statement also locks and returns the row, so of two batches that end together the
    second finds the changes of the first. A second statement looks for unfinished tasks: on
    PostgreSQL a statement that waited for a lock does not see what others wrote to other tables
    while it waited.
    """
    found = documents.record_work(
        session,
        task.document_id,
        task.revision,
        increments=written.increments,
        values=written.values,
    )
    if found is None:
        return []
    finished = _finish_if_complete(session, task, found) if last else []
    return finished or record(session, [_refresh_progress(session, task, found)])


def _refresh_progress(session: Session, task: ClaimedTask, found: Row[Any]) -> events.Event:
    """Update the document's progress from its counts; it never falls."""
    progress = document_progress(
        pages_read=found.pages_read - (found.pages_to_recognise - found.pages_recognised),
        page_count=found.page_count,
        chunks=found.total_chunks,
        indexed=found.indexed_chunks,
        extracted=found.extracted_chunks is not None
        and found.pages_recognised >= found.pages_to_recognise,
    )
    if found.status not in WORKING or progress <= found.progress:
        progress = found.progress
    else:
        session.connection().execute(_PROGRESS, {"id": task.document_id, "reached": progress})
    return events.DocumentProgressed(
        document_id=task.document_id,
        revision=task.revision,
        correlation_id=task.correlation_id,
        progress=progress,
        current_step=task.stage.label,
    )


def _finish_if_complete(session: Session, task: ClaimedTask, found: Row[Any]) -> list[events.Event]:
    """Complete the document if no task is open; fail it if the index lacks some of its chunks."""
    if found.status != "processing":
        return []
    open_ = {"id": task.document_id, "of": task.revision}
    if found.extracted_chunks is None or session.connection().execute(_UNFINISHED, open_).first():
        return []
    stored, indexed = session.execute(
        select(func.count(), func.count().filter(Chunk.is_indexed)).where(
            Chunk.document_id == task.document_id, Chunk.revision == task.revision
        )
    ).one()
    if not stored == indexed == found.extracted_chunks:
        message = (
            f"Only {indexed} of {found.extracted_chunks} chunks reached the index."
            " Process the document again."
        )
        return fail_document(session, task, code="index_failed", message=message)
    seconds = max(0.0, (found.now - found.begun).total_seconds())
    if found.pages_to_recognise:
        _note_unread_pages(session, task)
    recognised = bool(found.pages_to_recognise)
    return _complete(session, task, chunks=indexed, seconds=seconds, recognised=recognised)


def _note_unread_pages(session: Session, task: ClaimedTask) -> None:
    """Count the pages that have no text after text recognition; damaged ones stay counted."""
    document = documents.get(session, task.document_id)
    damaged = (document.pages_unread or {}).get("damaged") if document else None
    counts = unread_pages.count_by_reason(session, task.document_id, task.revision)
    counts |= {"damaged": damaged} if damaged else {}
    documents.note_unread_pages(session, task.document_id, task.revision, counts or None)


def fail_document(
    session: Session, task: ClaimedTask, *, code: str, message: str
) -> list[events.Event]:
    """End the current revision as failed; an older complete one stays searchable."""
    document = documents.get(session, task.document_id, lock=True)
    if document is None or document.revision != task.revision:
        return []
    failed = documents.set_status(
        session,
        task.document_id,
        "failed",
        error_code=code,
        error_stage=task.task_type,
        error_message=message,
        processed_at=sql.now(),
        live_revision=_still_live(document),
    )
    if not failed:
        return []
    tasks.cancel_tasks(session, task.document_id)
    ended = events.DocumentFailed(
        document_id=task.document_id,
        revision=task.revision,
        correlation_id=task.correlation_id,
        error_code=code,
        stage=task.task_type,
        message=message,
    )
    return [*record(session, [ended])]


def cancel(session: Session, document_id: str) -> list[events.Event]:
    """Stop the work on a document, or raise Conflict if it is not being processed."""
    document = documents.get(session, document_id, lock=True)
    if document is None or document.status not in WORKING:
        raise Conflict("Only a document that is being processed can be cancelled.")
    live = _still_live(document)
    documents.set_status(session, document_id, "cancelled", live_revision=live)
    tasks.cancel_tasks(session, document_id)
    cancelled = events.DocumentCancelled(
        document_id=document_id,
        revision=document.revision,
        correlation_id=document.correlation_id,
    )
    return [*record(session, [cancelled])]


def reprocess(
    session: Session, document_id: str, correlation_id: str, *, ocr_languages: str | None = None
) -> list[events.Event]:
    """Read the document again as a new revision, or raise Conflict if it is not finished.

    `ocr_languages` replaces the document's own languages for text recognition.
    """
    document = documents.get(session, document_id, lock=True)
    if document is None or document.status not in FINISHED:
        raise Conflict("Only a document that has been processed can be processed again.")
    _start_revision(document, status="pending")
    document.correlation_id = correlation_id
    if ocr_languages is not None:
        document.ocr_languages = ocr_languages
    session.flush()
    return _open_task(session, document, EXTRACT)


def restart(session: Session, document_id: str) -> list[events.Event]:
    """Open the work of a document that lost its tasks; do nothing if its state needs none."""
    document = documents.get(session, document_id, lock=True)
    if document is None or document.status not in (*WORKING, "deleting"):
        return []
    if document.status == "deleting":
        return _open_task(session, document, DELETE)
    _start_revision(document, status="processing")
    session.flush()
    return [*_open_task(session, document, EXTRACT), *open_retirement(session, document)]


def retry_in_strict_mode(session: Session, task: ClaimedTask) -> list[events.Event]:
    """Read the document again as a new revision in strict mode after its reader failed."""
    document = documents.get(session, task.document_id, lock=True)
    if document is None or document.status not in WORKING or document.revision != task.revision:
        return []
    _start_revision(document, status="processing")
    session.flush()
    tasks.cancel_tasks(session, task.document_id, below_revision=document.revision)
    return [
        *_open_task(session, document, EXTRACT, strict=True),
        *open_retirement(session, document),
    ]


def request_deletion(session: Session, document_id: str) -> list[events.Event]:
    """Hide the document and open its removal, or raise Conflict if it is deleted already."""
    document = documents.get(session, document_id, lock=True)
    if document is None or document.status not in UNDELETED:
        raise Conflict("This document is deleted already.")
    documents.set_status(session, document_id, "deleting", live_revision=None)
    tasks.cancel_tasks(session, document_id)
    return _open_task(session, document, DELETE)


def change_details(
    session: Session, document_id: str, values: Mapping[str, Any]
) -> list[events.Event]:
    """Change title, description, metadata or collection, or raise Conflict.

    Conflict: the document is deleted, or the collection already has the same file.
    """
    document = documents.get(session, document_id, lock=True)
    if document is None or document.status not in UNDELETED:
        raise Conflict("This document is deleted.")
    if not documents.set_details(session, document, values):
        return []
    changed = events.DocumentChanged(
        document_id=document_id,
        revision=document.revision,
        correlation_id=document.correlation_id,
    )
    return [*record(session, [changed])]


def end_removal(session: Session, document_id: str, *, chunks: int = 0) -> None:
    """End a removal: clear the document's row except for id, state, counts and times.

    What answers and stored responses quote from it is erased; the audit log keeps the receipt, with
    the numbers of `chunks` that were removed and of documents that were made of files in it.
    """
    documents.set_status(
        session,
        document_id,
        "gone",
        title="",
        description="",
        file_name="",
        file_path="",
        member_path="",
        members_unread=None,
        sha256="",
        metadata_={},
        error_message=None,
        error_code=None,
        error_stage=None,
    )
    erased = erasure.erase(session, document_id)
    erased["children"] = families.count_descendants(session, document_id)
    audit_log.record(session, ERASED, document_id, chunks=chunks, **erased)


def open_retirement(session: Session, document: Document) -> list[events.Event]:
    """Open a `retire` task if chunks of older revisions exist and no older revision is live."""
    if document.live_revision is not None and document.live_revision < document.revision:
        return []
    id_, revision = document.document_id, document.revision
    return _retire_older(session, id_, revision, document.correlation_id)


def _open_task(
    session: Session, document: Document, stage: Stage, *, strict: bool = False
) -> list[events.Event]:
    return [
        *tasks.open_tasks(
            session,
            document.document_id,
            document.revision,
            [new_task(stage, 0, document.file_size)],
            correlation_id=document.correlation_id,
            deadline_s=TASK_DEADLINE_S,
            strict=strict,
        )
    ]


def _start_revision(document: Document, *, status: str) -> None:
    """Start the next revision; a complete older revision stays searchable until it is replaced."""
    unfinished = document.status in WORKING and document.live_revision == document.revision
    if document.live_revision is None or unfinished:
        document.live_revision = document.revision + 1
    document.revision += 1
    document.status = status
    document.progress = 0.0
    document.page_count = document.extracted_chunks = None
    document.pages_unread = document.members_unread = None
    document.pages_read = document.indexed_chunks = document.total_chunks = 0
    document.pages_to_recognise = document.pages_recognised = 0
    document.reader_version = None
    document.text_chunks = document.image_chunks = 0
    document.table_chunks = document.composite_chunks = 0
    document.error_code = document.error_stage = document.error_message = None
    document.processed_at = document.processing_time_seconds = None


def _complete(
    session: Session, task: ClaimedTask, *, chunks: int, seconds: float, recognised: bool
) -> list[events.Event]:
    status, reason = outcome(session, task.document_id, chunks=chunks, recognised=recognised)
    documents.set_status(
        session,
        task.document_id,
        status,
        live_revision=task.revision,
        progress=100.0,
        processed_at=sql.now(),
        processing_time_seconds=seconds,
        error_code="no_text" if reason else None,
        error_stage=EXTRACT.name if reason else None,
        error_message=reason,
    )
    indexed = events.DocumentIndexed(
        document_id=task.document_id,
        revision=task.revision,
        correlation_id=task.correlation_id,
        status=status,
        total_chunks=chunks,
    )
    return [
        *_retire_older(session, task.document_id, task.revision, task.correlation_id),
        *record(session, [indexed]),
    ]


def _retire_older(
    session: Session, document_id: str, revision: int, correlation_id: str
) -> list[events.Event]:
    """Open the removal of what revisions before `revision` left, if there is anything."""
    older = [
        select(table.revision).where(table.document_id == document_id, table.revision < revision)
        for table in (Chunk, UnreadPage)
    ]
    if revision == 1 or not any(session.execute(each.limit(1)).first() for each in older):
        return []
    return [
        *tasks.open_tasks(
            session,
            document_id,
            revision,
            [new_task(RETIRE, 0)],
            correlation_id=correlation_id,
            deadline_s=TASK_DEADLINE_S,
        )
    ]


def _still_live(document: Document) -> int | None:
    """Return the revision that stays searchable when the current one ends without success."""
    return None if document.live_revision == document.revision else document.live_revision
