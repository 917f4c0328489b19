"""Reclaims tasks of expired leases, repeats lost hints and fails overdue tasks.

Every process may run a sweeper. Each sweep is one short transaction.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Float, and_, bindparam, false, func, or_, select, update
from sqlalchemy.orm import Session

from shared.bus.base import Bus
from shared.database import sql
from shared.database.base import Database
from shared.database.schema import ProcessingTask as Task
from shared.domain import events
from shared.domain.retry import MAX_ATTEMPTS, pause_after_interruption
from shared.domain.stages import RETRIED_FOREVER
from shared.ledger import lifecycle, tasks
from shared.ledger.steps import ClaimedTask
from shared.repositories import blob_removals, documents
from shared.telemetry.metrics import SWEPT

log = logging.getLogger(__name__)
# Rows per query: keeps the transaction, and the time its rows are locked, short.
MAX_PER_SWEEP = 500
# Seconds: pauses that end one after another cause one sweep per second at most.
MIN_PAUSE_S = 1.0
# Seconds: backdates `hinted_at` of a reclaimed task by a day, so that it is hinted when due.
_LONG_AGO_S = -86400.0
# Paused tasks whose hint is backdated: that of any other paused task is younger.
_IS_RECLAIMED = Task.hinted_at < sql.now(_LONG_AGO_S / 2)
# Hints that were sent together may be delivered out of order by some seconds.
OUT_OF_ORDER = timedelta(seconds=5)
_TASK = tasks.CLAIMED_COLUMNS
_RECLAIM = (
    update(Task)
    .where(Task.task_id == bindparam("id"))
    .values(
        status="pending",
        lease_epoch=Task.lease_epoch + 1,
        lease_owner=None,
        lease_expires_at=None,
        next_attempt_at=sql.now(bindparam("pause_s", type_=Float())),
        hinted_at=sql.now(_LONG_AGO_S),
        updated_at=sql.now(),
    )
)


@dataclass
class Sweep:
    """The result of one sweep: events to publish, and counts for the metrics.

    `next_due_s` is the time in seconds until the next reclaimed task is due, or None.
    """

    events: list[events.Event] = field(default_factory=list)
    expired: int = 0
    hinted: int = 0
    failed: int = 0
    next_due_s: float | None = None


def sweep(
    session: Session,
    *,
    hint_after_s: float,
    dead_owner: str | None = None,
    jitter: Callable[[], float] = random.random,
) -> Sweep:
    """Sweep once; end the leases and marks of owners whose name starts with `dead_owner`."""
    found = Sweep()
    _fail_overdue(session, found, dead_owner)
    _reclaim_expired(session, found, dead_owner, jitter)
    _repeat_hints(session, found, hint_after_s)
    found.next_due_s = _next_due_s(session)
    return found


def _expired(dead_owner: str | None) -> ColumnElement[bool]:
    over = Task.lease_expires_at < sql.now()
    if dead_owner is not None:
        over = or_(over, Task.lease_owner.startswith(dead_owner))
    return and_(Task.status == "processing", over)


def _fail_overdue(session: Session, found: Sweep, dead_owner: str | None) -> None:
    """Fail the tasks that used up their attempts or passed their deadline.

    Documents are locked before their tasks, and all sweepers lock them in the same order. Each task
    is then checked again: its worker or another sweeper may have ended it before the lock was free.
    """
    overdue = and_(
        Task.task_type.not_in(RETRIED_FOREVER),
        or_(
            and_(_expired(dead_owner), Task.attempt >= MAX_ATTEMPTS),
            and_(Task.status.in_(("pending", "processing")), Task.deadline_at < sql.now()),
        ),
    )
    rows = session.execute(
        select(*_TASK, Task.deadline_at < sql.now())
        .where(overdue)
        .order_by(Task.document_id)
        .limit(MAX_PER_SWEEP)
    ).all()
    for *columns, late in rows:
        task = ClaimedTask.from_row(columns)
        code, message = _overdue_reason(bool(late))
        documents.get(session, task.document_id, lock=True)
        if _end(session, task, overdue, code, message):
            found.events += lifecycle.fail_document(session, task, code=code, message=message)
            found.failed += 1


def _overdue_reason(late: bool) -> tuple[str, str]:
    if late:
        return (
            "timeout",
            "Processing took longer than this server allows. Process the document again.",
        )
    return (
        "attempts_exhausted",
        f"Processing was interrupted {MAX_ATTEMPTS} times. Process the document again.",
    )


def _end(
    session: Session, task: ClaimedTask, overdue: ColumnElement[bool], code: str, message: str
) -> bool:
    """Fail the task and return True, or return False if it is not overdue any more."""
    row = session.execute(
        update(Task)
        .where(Task.task_id == task.task_id, overdue)
        .values(
            status="failed",
            lease_epoch=Task.lease_epoch + 1,
            error_code=code,
            error_message=message,
            completed_at=sql.now(),
            updated_at=sql.now(),
        )
        .returning(Task.task_id)
        .execution_options(synchronize_session=False)
    ).first()
    return row is not None


def _reclaim_expired(
    session: Session, found: Sweep, dead_owner: str | None, jitter: Callable[[], float]
) -> None:
    expired = session.execute(
        select(Task.task_id, Task.attempt)
        .where(_expired(dead_owner))
        .with_for_update(skip_locked=True)
    ).all()
    if expired:
        pauses = [
            {"id": task_id, "pause_s": pause_after_interruption(attempt, jitter())}
            for task_id, attempt in expired
        ]
        session.connection().execute(_RECLAIM, pauses)
    if dead_owner is not None:
        _release_cancelled(session, dead_owner)
        blob_removals.clear_of_dead(session, dead_owner)
    found.expired += len(expired)


def _release_cancelled(session: Session, dead_owner: str) -> None:
    """End the leases of a dead process on cancelled tasks."""
    session.execute(
        update(Task)
        .where(Task.status == "cancelled", Task.lease_owner.startswith(dead_owner))
        .values(lease_expires_at=None)
        .execution_options(synchronize_session=False)
    )


def _repeat_hints(session: Session, found: Sweep, hint_after_s: float) -> None:
    """Send another hint for each due task whose last hint is old and probably lost."""
    still_queued = [
        and_(
            Task.task_type == task_type,
            Task.bulk == bulk,
            Task.hinted_at >= newest - OUT_OF_ORDER,
            Task.hinted_at >= Task.next_attempt_at,
        )
        for task_type, bulk, newest in _newest_consumed_hints(session, hint_after_s)
    ]
    due = (
        select(Task.task_id)
        .where(
            Task.status == "pending",
            Task.next_attempt_at <= sql.now(),
            or_(Task.hinted_at <= sql.now(-hint_after_s), Task.hinted_at < Task.next_attempt_at),
            ~or_(false(), *still_queued),
        )
        .order_by(Task.batch, Task.created_at)
        .limit(MAX_PER_SWEEP)
        .with_for_update(skip_locked=True)
    )
    rows = session.execute(
        update(Task)
        .where(Task.task_id.in_(due.scalar_subquery()))
        .values(hinted_at=sql.now())
        .returning(*_TASK)
        .execution_options(synchronize_session=False)
    ).all()
    hints = sorted((ClaimedTask.from_row(row) for row in rows), key=lambda task: task.batch)
    found.events += [tasks.hint_for(task) for task in hints]
    found.hinted += len(hints)


def _newest_consumed_hints(session: Session, within_s: float) -> list[tuple[str, bool, datetime]]:
    """Return (type, is bulk, time) of the newest hint consumed in the last `within_s` seconds.

    Queues keep their order, so a younger hint is still queued: repeating it every minute would fill
    a queue that has hours of work.
    """
    lately = (
        select(Task.task_type, Task.bulk, func.max(Task.hinted_at))
        .where(Task.started_at > sql.now(-within_s))
        .group_by(Task.task_type, Task.bulk)
    )
    return [(task_type, bulk, hinted) for task_type, bulk, hinted in session.execute(lately)]


def _next_due_s(session: Session) -> float | None:
    """Return the seconds until the next reclaimed task is due, or None.

    Only for tasks reclaimed from a dead worker: a live worker re-publishes its own retries.
    """
    first = select(func.min(Task.next_attempt_at), sql.now()).where(
        Task.status == "pending",
        Task.next_attempt_at > sql.now(),
        _IS_RECLAIMED,
    )
    due, now = session.execute(first).one()
    return None if due is None else (due - now).total_seconds()


class Sweeper:
    """Sweeps every `every_s` seconds, or when a pause ends, and publishes the events."""

    def __init__(
        self, database: Database, bus: Bus, *, every_s: float = 10.0, hint_after_s: float = 60.0
    ) -> None:
        self._database = database
        self._bus = bus
        self._every_s = every_s
        self._hint_after_s = hint_after_s
        self._running: asyncio.Task[None] | None = None

    async def take_over(self, dead_owner: str) -> Sweep:
        """Reclaim the tasks of dead processes whose name starts with `dead_owner`, and their marks.

        Call it before work begins; no process of that name may be running.
        """
        found = await self._database.transact(sweep, hint_after_s=0.0, dead_owner=dead_owner)
        await self._publish(found)
        return found

    async def start(self) -> None:
        self._running = asyncio.create_task(self._sweep_forever(), name="sweeper")

    async def stop(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def sweep_once(self) -> Sweep:
        """Sweep now and publish the events."""
        found = await self._database.transact(sweep, hint_after_s=self._hint_after_s)
        await self._publish(found)
        return found

    async def _publish(self, found: Sweep) -> None:
        SWEPT.labels("expired").inc(found.expired)
        SWEPT.labels("hinted").inc(found.hinted)
        SWEPT.labels("failed").inc(found.failed)
        await self._bus.publish(found.events)

    async def _sweep_forever(self) -> None:
        due_s: float | None = 0.0
        while True:
            pause_s = self._every_s if due_s is None else max(due_s, MIN_PAUSE_S)
            await asyncio.sleep(min(pause_s, self._every_s))
            due_s = None
            try:
                due_s = (await self.sweep_once()).next_due_s
            except Exception:
                log.exception("sweep failed; the next one retries")
