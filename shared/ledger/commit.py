"""Commits each step or failure of a task in one transaction, fenced by the task's lease epoch.

The functions return the events to publish after the commit. Those of a change are also recorded,
in the same transaction; a repeated hint is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from shared.domain import events
from shared.domain.errors import LeaseLost
from shared.domain.retry import Decision, Failure
from shared.ledger import lifecycle, tasks
from shared.ledger.steps import ClaimedTask, Step, Write, Written
from shared.repositories import documents
from shared.repositories.events import record


@dataclass(frozen=True)
class Committed:
    """The events to publish and the number of chunks to count after the commit."""

    events: list[events.Event]
    chunks: int


def commit_step(session: Session, task: ClaimedTask, step: Step) -> Committed:
    """Apply one step, or raise LeaseLost and write nothing if another worker has the task."""
    tasks.record_step(session, task, step)
    written = _apply(session, task, step.writes)
    follow: list[events.Event] = [*written.announced, *record(session, written.events)]
    follow += tasks.open_tasks(
        session,
        task.document_id,
        task.revision,
        step.opens,
        correlation_id=task.correlation_id,
        deadline_s=lifecycle.TASK_DEADLINE_S,
    )
    if task.stage.removes_document:
        follow += record(session, [_deleted(task)] if step.last else [])
    if task.stage.advances_document:
        follow += lifecycle.advance(session, task, written, last=step.last)
    return Committed(follow, written.chunks)


def _apply(session: Session, task: ClaimedTask, writes: Sequence[Write]) -> Written:
    """Apply the writes of a step and return their results as one."""
    results = [write.apply(session, task) for write in writes]
    increments: Counter[str] = Counter()
    values: dict[str, int | None] = {}
    for result in results:
        increments.update(result.increments)
        values.update(result.values)
    changed = [event for result in results for event in result.events]
    announced = [event for result in results for event in result.announced]
    return Written(sum(result.chunks for result in results), increments, values, changed, announced)


def commit_failure(
    session: Session, task: ClaimedTask, failure: Failure, decision: Decision
) -> list[events.Event]:
    """Record a failed attempt and apply the decision, or raise LeaseLost and write nothing."""
    match decision.action:
        case "drop":
            tasks.release(session, task.task_id, task.lease_epoch)
            return []
        case "retry":
            _require_lease(
                tasks.release_for_retry(
                    session,
                    task,
                    pause_s=decision.pause_s,
                    counts_attempt=decision.counts_attempt,
                    code=failure.code,
                    message=failure.message,
                )
            )
            return [tasks.hint_for(task)]
        case "retry_strict":
            _fail(session, task, failure)
            return lifecycle.retry_in_strict_mode(session, task)
        case "fail":
            _fail(session, task, failure)
            if task.stage.retry == "forever":
                return []
            return lifecycle.fail_document(
                session, task, code=failure.code, message=failure.message
            )


def _fail(session: Session, task: ClaimedTask, failure: Failure) -> None:
    documents.get(session, task.document_id, lock=True)
    _require_lease(tasks.fail_task(session, task, code=failure.code, message=failure.message))


def _require_lease(held: bool) -> None:
    if not held:
        raise LeaseLost


def _deleted(task: ClaimedTask) -> events.Event:
    return events.DocumentDeleted(
        document_id=task.document_id, revision=task.revision, correlation_id=task.correlation_id
    )
