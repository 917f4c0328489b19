"""Opens, claims, fences and ends tasks, so that no work is lost, repeated or stuck.

A claim gives a worker a lease and an epoch; its writes are refused once the row has a newer epoch.
The attempt is counted before the work starts, so that a crash counts. All times are the database's.
The caller owns the transaction.

On PostgreSQL every transaction locks a document's row before the rows of its tasks. A claim or step
takes the weakest lock, in the statement that finds its task: claims and steps of one document run
side by side. A change of the document (cancel, fail, delete, a new revision) takes the full lock
with `documents.get(…, lock=True)`: it waits for running steps before it cancels tasks, and sees
every task that they opened. Heartbeats lock tasks of several documents at once and no document; if
one of them and a change wait for each other, the database ends one, which is tried again.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Float, and_, bindparam, case, func, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.dml import ReturningInsert

from shared.database import sql
from shared.database.inserts import insert_ignoring_in
from shared.database.schema import Document
from shared.database.schema import ProcessingTask as Task
from shared.domain import events
from shared.domain.errors import LeaseLost
from shared.domain.stages import CANCELLABLE, STAGES
from shared.ledger.steps import ClaimedTask, NewTask, Step
from shared.repositories.events import record

# Namespace of the task ids; another value would open stored tasks a second time.
_NAMESPACE = uuid.UUID("9d3c7a52-5f0e-4a62-9a0c-6f6a1c1f6f11")
CLAIMED_COLUMNS = (
    Task.task_id,
    Task.document_id,
    Task.revision,
    Task.task_type,
    Task.batch,
    Task.strict,
    Task.bulk,
    Task.attempt,
    Task.lease_epoch,
    Task.correlation_id,
    Task.created_at,
)


_LABELS = {stage.name: stage.label for stage in STAGES.values()}

_SHARED: dict[str, Any] = {"read": True, "key_share": True, "of": Document}
_SAME_TASK = aliased(Task)

# Statements are built once: building one costs more than running it.
_CLAIM = (
    update(Task)
    .where(
        Task.task_id == bindparam("id"),
        Task.document_id.in_(
            select(Document.document_id)
            .join(_SAME_TASK, _SAME_TASK.document_id == Document.document_id)
            .where(_SAME_TASK.task_id == bindparam("id"))
            .with_for_update(**_SHARED)
        ),
        or_(
            and_(Task.status == "pending", Task.next_attempt_at <= sql.now()),
            and_(Task.status == "processing", Task.lease_expires_at < sql.now()),
        ),
    )
    .values(
        status="processing",
        attempt=Task.attempt + 1,
        lease_epoch=Task.lease_epoch + 1,
        lease_owner=bindparam("owner"),
        lease_expires_at=sql.now(bindparam("lease_s", type_=Float())),
        current_step=case(_LABELS, value=Task.task_type, else_=""),
        started_at=sql.now(),
        updated_at=sql.now(),
    )
    .returning(*CLAIMED_COLUMNS)
)
_STEP = (
    update(Task)
    .where(
        Task.task_id == bindparam("id"),
        Task.document_id.in_(
            select(Document.document_id)
            .where(Document.document_id == bindparam("of_document"))
            .with_for_update(**_SHARED)
        ),
        Task.lease_epoch == bindparam("epoch"),
        Task.status == "processing",
    )
    .values(
        progress=sql.greatest(Task.progress, bindparam("done", type_=Float())),
        result_data=func.coalesce(bindparam("result", type_=sql.JsonType), Task.result_data),
        updated_at=sql.now(),
    )
    .returning(Task.task_id)
)
_LAST_STEP = _STEP.values(
    status="completed",
    progress=100.0,
    completed_at=sql.now(),
    lease_expires_at=None,
    error_code=None,
    error_message=None,
)


def task_id_for(document_id: str, revision: int, task_type: str, batch: int) -> str:
    """Return the task's id, derived from its arguments so that no task is opened twice."""
    return str(uuid.uuid5(_NAMESPACE, f"{document_id}/{revision}/{task_type}/{batch}"))


def open_tasks(
    session: Session,
    document_id: str,
    revision: int,
    tasks: Sequence[NewTask],
    *,
    correlation_id: str = "",
    deadline_s: float,
    strict: bool = False,
) -> list[events.TaskEvent]:
    """Store the tasks that don't exist yet and return their hints, which are recorded."""
    if not tasks:
        return []
    rows = [
        {
            "task_id": task_id_for(document_id, revision, task.task_type, task.batch),
            "document_id": document_id,
            "revision": revision,
            "task_type": task.task_type,
            "batch": task.batch,
            "strict": strict,
            "bulk": task.bulk,
            "total_steps": STAGES[task.task_type].total_steps,
            "correlation_id": correlation_id,
        }
        for task in tasks
    ]
    statement = _insert_missing(session.get_bind().dialect.name, deadline_s)
    opened = session.connection().execute(statement, rows).all()
    return record(session, [hint_for(ClaimedTask.from_row(row)) for row in opened])


def claim(session: Session, task_id: str, *, owner: str, lease_s: float) -> ClaimedTask | None:
    """Claim and return the task if it is due or its lease expired; return None otherwise."""
    given = {"id": task_id, "owner": owner, "lease_s": lease_s}
    row = session.connection().execute(_CLAIM, given).first()
    return ClaimedTask.from_row(row) if row else None


def extend_leases(session: Session, held: Sequence[tuple[str, int]], *, lease_s: float) -> set[str]:
    """Extend the leases of (task id, epoch) pairs; return the ids still held or completed."""
    if not held:
        return set()
    is_theirs = tuple_(Task.task_id, Task.lease_epoch).in_(held)
    rows = session.execute(
        update(Task)
        .where(is_theirs, Task.status == "processing")
        .values(lease_expires_at=sql.now(lease_s))
        .returning(Task.task_id)
        .execution_options(synchronize_session=False)
    )
    extended = set(rows.scalars())
    if len(extended) == len(held):
        return extended
    # A worker that just committed a last step must not be cancelled: it still publishes its events.
    finished = session.scalars(select(Task.task_id).where(is_theirs, Task.status == "completed"))
    return extended | set(finished)


def record_step(session: Session, task: ClaimedTask, step: Step) -> None:
    """Record the step on the task's row, or raise LeaseLost if the epoch is not current."""
    given = {
        "id": task.task_id,
        "of_document": task.document_id,
        "epoch": task.lease_epoch,
        "result": step.result or None,
    }
    if step.last:
        held = session.connection().execute(_LAST_STEP, given).first()
    else:
        given["done"] = min(100.0, step.progress)
        held = session.connection().execute(_STEP, given).first()
    if held is None:
        raise LeaseLost


def release_for_retry(
    session: Session,
    task: ClaimedTask,
    *,
    pause_s: float,
    counts_attempt: bool,
    code: str | None = None,
    message: str | None = None,
) -> bool:
    """Make a held task due after `pause_s` seconds; return False if its lease is lost.

    The claim's attempt is subtracted again unless `counts_attempt`.
    """
    return _end_lease(
        session,
        task,
        status="pending",
        attempt=Task.attempt if counts_attempt else Task.attempt - 1,
        lease_owner=None,
        next_attempt_at=sql.now(pause_s),
        error_code=code,
        error_message=message,
    )


def fail_task(session: Session, task: ClaimedTask, *, code: str, message: str) -> bool:
    """End a held task as `failed`; return False if its lease is lost."""
    return _end_lease(
        session,
        task,
        status="failed",
        completed_at=sql.now(),
        error_code=code,
        error_message=message,
    )


def _end_lease(session: Session, task: ClaimedTask, **values: Any) -> bool:
    row = session.execute(
        update(Task)
        .where(
            Task.task_id == task.task_id,
            Task.lease_epoch == task.lease_epoch,
            Task.status == "processing",
        )
        .values(lease_expires_at=None, updated_at=sql.now(), **values)
        .returning(Task.task_id)
        .execution_options(synchronize_session=False)
    ).first()
    return row is not None


def cancel_tasks(session: Session, document_id: str, *, below_revision: int | None = None) -> None:
    """Cancel unfinished tasks; their leases stay valid until the workers stop."""
    conditions = [
        Task.document_id == document_id,
        Task.status.in_(("pending", "processing")),
        Task.task_type.in_(CANCELLABLE),
    ]
    if below_revision is not None:
        conditions.append(Task.revision < below_revision)
    session.execute(
        update(Task)
        .where(*conditions)
        .values(status="cancelled", completed_at=sql.now(), updated_at=sql.now())
        .execution_options(synchronize_session=False)
    )


def release(session: Session, task_id: str, lease_epoch: int) -> None:
    """End the lease of a cancelled task whose worker has stopped."""
    session.execute(
        update(Task)
        .where(Task.task_id == task_id, Task.lease_epoch == lease_epoch, Task.status == "cancelled")
        .values(lease_expires_at=None)
        .execution_options(synchronize_session=False)
    )


def renew_deadlines(session: Session, *, deadline_s: float) -> None:
    """Set the deadline of all unfinished tasks to `deadline_s` seconds from now."""
    session.execute(
        update(Task)
        .where(Task.status.in_(("pending", "processing")), Task.deadline_at.is_not(None))
        .values(deadline_at=sql.now(deadline_s))
        .execution_options(synchronize_session=False)
    )


def has_active_workers(
    session: Session, document_id: str, *, except_task: str = "", below_revision: int | None = None
) -> bool:
    """Return whether a worker may still be active on a task other than `except_task`."""
    query = select(Task.task_id).where(
        Task.document_id == document_id,
        Task.task_id != except_task,
        Task.lease_expires_at >= sql.now(),
    )
    if below_revision is not None:
        query = query.where(Task.revision < below_revision)
    return session.execute(query.limit(1)).first() is not None


def hint_for(task: ClaimedTask) -> events.TaskEvent:
    """Return the event that announces the waiting task."""
    fields: dict[str, object] = {
        "document_id": task.document_id,
        "revision": task.revision,
        "task_id": task.task_id,
        "bulk": task.bulk,
        "correlation_id": task.correlation_id,
    }
    event = task.stage.event
    if "batch" in event.model_fields:
        fields["batch"] = task.batch
    return event.model_validate(fields)


@cache
def _insert_missing(dialect: str, deadline_s: float) -> ReturningInsert[*tuple[Any, ...]]:
    statement = insert_ignoring_in(dialect, Task).values(deadline_at=sql.now(deadline_s))
    return statement.returning(*CLAIMED_COLUMNS)
