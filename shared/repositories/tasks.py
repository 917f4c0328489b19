"""Reads processing tasks and removes old ones; `shared.ledger.tasks` claims and ends them."""

from __future__ import annotations

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from shared.database import sql
from shared.database.schema import Document, ProcessingTask
from shared.domain.status import WORKING
from shared.repositories import access


def get(session: Session, task_id: str) -> ProcessingTask | None:
    """Return one task, or None."""
    return session.get(ProcessingTask, task_id, populate_existing=True)


def by_celery_id(session: Session, celery_task_id: str) -> ProcessingTask | None:
    """Return the task that a Celery message was sent for, or None."""
    return session.scalars(
        select(ProcessingTask).where(
            ProcessingTask.celery_task_id == celery_task_id,
            *access.on_rows(ProcessingTask.document_id),
        )
    ).first()


def of_document(
    session: Session, document_id: str, *, revision: int | None = None
) -> list[ProcessingTask]:
    """Return a document's tasks by revision, in the order they were opened."""
    query = select(ProcessingTask).where(
        ProcessingTask.document_id == document_id, *access.on_rows(ProcessingTask.document_id)
    )
    if revision is not None:
        query = query.where(ProcessingTask.revision == revision)
    in_order = query.order_by(
        ProcessingTask.revision, ProcessingTask.created_at, ProcessingTask.batch
    )
    return list(session.scalars(in_order))


def set_celery_id(session: Session, task_id: str, celery_task_id: str) -> None:
    """Store the id of the Celery message on the task, and on its document as the latest one."""
    session.execute(
        update(ProcessingTask)
        .where(ProcessingTask.task_id == task_id)
        .values(updated_at=sql.now(), celery_task_id=celery_task_id)
        .execution_options(synchronize_session=False)
    )
    of_task = select(ProcessingTask.document_id).where(ProcessingTask.task_id == task_id)
    session.execute(
        update(Document)
        .where(Document.document_id == of_task.scalar_subquery())
        .values(celery_task_id=celery_task_id)
        .execution_options(synchronize_session=False)
    )


def count_by_state(session: Session) -> dict[tuple[str, str], int]:
    """Return the number of tasks by (type, status)."""
    rows = session.execute(
        select(ProcessingTask.task_type, ProcessingTask.status, func.count()).group_by(
            ProcessingTask.task_type, ProcessingTask.status
        )
    )
    return {(task_type, status): number for task_type, status, number in rows}


def oldest_pending_s(session: Session) -> float:
    """Return the age in seconds of the oldest pending task, or 0 if none is pending."""
    oldest, now = session.execute(
        select(func.min(ProcessingTask.created_at), sql.now()).where(
            ProcessingTask.status == "pending"
        )
    ).one()
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0


def remove_completed(session: Session, *, before_s: float) -> int:
    """Delete tasks that ended over `before_s` seconds ago and return their number.

    Tasks of documents in work, or in removal, stay.
    """
    in_work = select(Document.document_id).where(Document.status.in_((*WORKING, "deleting")))
    old = delete(ProcessingTask).where(
        ProcessingTask.completed_at < sql.now(-before_s),
        ProcessingTask.document_id.not_in(in_work),
    )
    return len(session.execute(old.returning(ProcessingTask.task_id)).all())
