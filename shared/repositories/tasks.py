"""Processing tasks as their readers see them. Claims and leases are in `shared.ledger`."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from shared.database import sql
from shared.database.schema import Document, ProcessingTask


def get(session: Session, task_id: str) -> ProcessingTask | None:
    """One task."""
    return session.get(ProcessingTask, task_id, populate_existing=True)


def by_celery_id(session: Session, celery_task_id: str) -> ProcessingTask | None:
    """The task that a Celery message was sent for."""
    return session.scalars(
        select(ProcessingTask).where(ProcessingTask.celery_task_id == celery_task_id)
    ).first()


def of_document(
    session: Session, document_id: str, *, revision: int | None = None
) -> list[ProcessingTask]:
    """A document's tasks in the order they were opened."""
    query = select(ProcessingTask).where(ProcessingTask.document_id == document_id)
    if revision is not None:
        query = query.where(ProcessingTask.revision == revision)
    in_order = query.order_by(
        ProcessingTask.revision, ProcessingTask.created_at, ProcessingTask.batch
    )
    return list(session.scalars(in_order))


def set_celery_id(session: Session, task_id: str, celery_task_id: str) -> None:
    """Note the Celery message that works on the task, on its document as the latest one too."""
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
    """Tasks by (type, status)."""
    rows = session.execute(
        select(ProcessingTask.task_type, ProcessingTask.status, func.count()).group_by(
            ProcessingTask.task_type, ProcessingTask.status
        )
    )
    return {(task_type, status): number for task_type, status, number in rows}


def oldest_pending_s(session: Session) -> float:
    """Age in seconds of the task that has waited longest; 0 when none waits."""
    oldest, now = session.execute(
        select(func.min(ProcessingTask.created_at), sql.now()).where(
            ProcessingTask.status == "pending"
        )
    ).one()
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
