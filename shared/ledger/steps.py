"""The values that handlers receive and yield: claimed tasks, steps, writes and new tasks.

The worker commits each `Step` in one short fenced transaction. A `Write` may be applied twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from shared.domain.events import Event
from shared.domain.stages import STAGES, Stage


@dataclass(frozen=True)
class ClaimedTask:
    """A task that this worker holds, with the lease epoch that fences its writes."""

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
        """Return the row of the stage table for this kind of work."""
        return STAGES[self.task_type]

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> ClaimedTask:
        """Make a task from a row whose columns are the fields in their order."""
        return cls(*row)


@dataclass(frozen=True)
class Written:
    """The result of one write, or of all writes of a step.

    chunks      number of chunks that finished the task's stage, for the metrics
    increments  numbers to add to the document's counts, by column
    values      values to store with the document, by column; None leaves a value as it is
    events      events of the change, to record and publish
    announced   events that are recorded already, to publish
    """

    chunks: int = 0
    increments: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, int | None] = field(default_factory=dict)
    events: Sequence[Event] = ()
    announced: Sequence[Event] = ()


class Write(Protocol):
    """A database change that is applied in the step's transaction, after the fence.

    `apply` does not update the document's row: it returns the changes, and one statement applies
    those of all writes of the step.
    """

    def apply(self, session: Session, task: ClaimedTask) -> Written: ...


@dataclass(frozen=True)
class NewTask:
    """A task to open for the same document and revision; opening it again changes nothing.

    A `bulk` task is taken only when no interactive task waits.
    """

    task_type: str
    batch: int
    bulk: bool = False


def new_task(stage: Stage, batch: int, file_size: int = 0) -> NewTask:
    """Return a stage's task for one batch, in the lane that the stage's rule gives it."""
    return NewTask(stage.name, batch, bulk=stage.is_bulk(batch, file_size))


@dataclass(frozen=True)
class Step:
    """One committed part of a task; `progress` is 0 to 100, and `last` completes the task."""

    writes: Sequence[Write] = ()
    opens: Sequence[NewTask] = ()
    progress: float = 0.0
    result: dict[str, Any] = field(default_factory=dict)
    last: bool = False
