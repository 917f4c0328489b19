"""What a handler returns: values that say what to write, which tasks follow, how far it got.

A handler yields `Step`s; the worker turns each into one short fenced transaction. A write is a
frozen value with `apply(session, task)`; it must be safe to apply twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from shared.domain.stages import STAGES, Stage


@dataclass(frozen=True)
class ClaimedTask:
    """A task this worker holds, at the epoch that fences its writes."""

    task_id: str
    document_id: str
    revision: int
    task_type: str
    batch: int
    strict: bool
    bulk: bool
    attempt: int
    lease_epoch: int
    correlation_id: str
    created_at: datetime

    @property
    def stage(self) -> Stage:
        """The row of the stage table for this kind of work."""
        return STAGES[self.task_type]

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> ClaimedTask:
        """From a row that has exactly these columns in this order."""
        return cls(*row)


class Write(Protocol):
    """Something to store; applied inside the step's transaction, after the fence."""

    def apply(self, session: Session, task: ClaimedTask) -> int | None:
        """Write; return the number of chunks that left the task's stage with it, if any did."""
        ...


@dataclass(frozen=True)
class NewTask:
    """A task to open for the same document and revision; opening it again changes nothing.

    A `bulk` task is taken only when no interactive task waits.
    """

    task_type: str
    batch: int
    bulk: bool = False


def new_task(stage: Stage, batch: int, file_size: int = 0) -> NewTask:
    """The task of a stage for one batch, in the lane that the stage's rule gives it."""
    return NewTask(stage.name, batch, bulk=stage.is_bulk(batch, file_size))


@dataclass(frozen=True)
class Step:
    """One move forward. `progress` is this task's 0 to 100; `last` completes the task with it."""

    writes: Sequence[Write] = ()
    opens: Sequence[NewTask] = ()
    progress: float = 0.0
    result: dict[str, Any] = field(default_factory=dict)
    last: bool = False
