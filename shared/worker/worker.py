"""Processes deliveries: claim, heartbeat, one fenced transaction per step, publish, acknowledge.

Handlers receive a claimed task and yield steps.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, aclosing
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.orm import Session

from shared.bus.base import Bus
from shared.database.base import Database
from shared.domain.errors import LeaseLost, Unavailable
from shared.domain.events import Event, TaskEvent
from shared.domain.retry import Failure, classify_failure, decide
from shared.ledger import commit, lifecycle, tasks
from shared.ledger.steps import ClaimedTask, Step
from shared.telemetry.metrics import ATTEMPTS, CHUNKS, LEASES_LOST, observe_task
from shared.telemetry.tracing import tracing
from shared.worker.leases import Leases

log = logging.getLogger(__name__)

# Seconds: a small part of the 60 s that Compose and Kubernetes grant a service to stop.
RELEASE_WITHIN_S = 5.0


class Handle(Protocol):
    """Yields the steps of one task; `given` is the result of the handler's `load`."""

    def __call__(self, task: ClaimedTask, given: Any, /) -> AsyncIterator[Step]: ...


@dataclass(frozen=True)
class Handler:
    """The functions for one event: `load` runs with the claim, `handle` yields the steps."""

    load: Callable[[Session, ClaimedTask], Any]
    handle: Handle


class Worker:
    """Processes the tasks that its handlers' events announce."""

    def __init__(
        self,
        *,
        name: str,
        owner: str,
        database: Database,
        bus: Bus,
        leases: Leases,
        lease_s: float = 30.0,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.name = name
        self._owner = owner
        self._database = database
        self._bus = bus
        self._leases = leases
        self._lease_s = lease_s
        self._jitter = jitter
        self._later_hints: set[asyncio.Task[None]] = set()

    def subscribe(self, handlers: Mapping[type[TaskEvent], Handler], *, at_once: int) -> None:
        """Consume the handlers' events from the bus as one group, `at_once` in each lane."""

        async def consume(event: Event) -> None:
            assert isinstance(event, TaskEvent)
            await self.work(event.task_id, handlers[type(event)])

        self._bus.subscribe(tuple(handlers), consume, group=self.name, at_once=at_once)

    async def work(self, task_id: str, handler: Handler) -> bool:
        """Process one delivery; return False if its task could not be claimed."""
        claimed = await self._database.transact(self._claim, task_id, handler)
        if claimed is None:
            return False
        task, given = claimed
        started = time.perf_counter()
        try:
            with self._leases.hold(task), _span(task):
                await self._run(task, handler.handle, given)
            observe_task(task.task_type, "completed", time.perf_counter() - started)
        except asyncio.CancelledError:
            if not self._leases.pop_lost(task):
                await self._release(task)
                raise
            _uncancel()
            LEASES_LOST.inc()
            await self._commit_failure(task, classify_failure(LeaseLost()))
        except Exception as error:
            await self._commit_failure(task, classify_failure(error), error)
            observe_task(task.task_type, "failed", time.perf_counter() - started)
        return True

    def _claim(
        self, session: Session, task_id: str, handler: Handler
    ) -> tuple[ClaimedTask, Any] | None:
        task = tasks.claim(session, task_id, owner=self._owner, lease_s=self._lease_s)
        if task is None:
            return None
        if task.stage.starts_document:
            lifecycle.begin(session, task)
        return task, handler.load(session, task)

    async def _run(self, task: ClaimedTask, handle: Handle, given: Any) -> None:
        ended = False
        async with aclosing(handle(task, given)) as steps:  # type: ignore[type-var]
            async for step in steps:
                await self._commit(task, step)
                ended = step.last
        if not ended:
            await self._commit(task, Step(progress=100.0, last=True))

    async def _commit(self, task: ClaimedTask, step: Step) -> None:
        committed = await self._database.transact(commit.commit_step, task, step)
        if committed.chunks:
            CHUNKS.labels(task.task_type).inc(committed.chunks)
        self._leases.touch(task)
        await self._bus.publish(committed.events)

    async def _commit_failure(
        self, task: ClaimedTask, failure: Failure, error: Exception | None = None
    ) -> None:
        decision = decide(
            failure,
            task_type=task.task_type,
            attempt=task.attempt,
            strict=task.strict,
            jitter=self._jitter(),
        )
        log.log(
            logging.INFO if failure.kind == "lost" else logging.WARNING,
            "attempt ended: %s",
            decision.action,
            extra={
                "task_id": task.task_id,
                "document_id": task.document_id,
                "correlation_id": task.correlation_id,
                "task_type": task.task_type,
                "attempt": task.attempt,
                "error_code": failure.code,
                "failure": failure.kind,
            },
            exc_info=error if failure.code == "internal" else None,
        )
        try:
            events = await self._database.transact(commit.commit_failure, task, failure, decision)
        except (LeaseLost, Unavailable):
            return
        ATTEMPTS.labels(task.task_type, decision.action).inc()
        if decision.action == "retry":
            self._hint_later(events, decision.pause_s)
        else:
            await self._bus.publish(events)

    async def _release(self, task: ClaimedTask) -> None:
        """Release a stopping worker's task, so that another claims it before the lease expires."""
        released = self._database.transact(
            tasks.release_for_retry, task, pause_s=0.0, counts_attempt=False
        )
        with contextlib.suppress(Exception):
            async with asyncio.timeout(RELEASE_WITHIN_S):
                if await asyncio.shield(released):
                    await self._bus.publish([tasks.hint_for(task)])

    def _hint_later(self, events: list[Event], pause_s: float) -> None:
        """Repeat the hint after the pause; if this process dies first, the sweeper does."""

        async def later() -> None:
            await asyncio.sleep(pause_s)
            await self._bus.publish(events)

        hint = asyncio.create_task(later())
        self._later_hints.add(hint)
        hint.add_done_callback(self._later_hints.discard)


def _span(task: ClaimedTask) -> AbstractContextManager[None]:
    return tracing.span(
        task.task_type,
        task.correlation_id,
        document_id=task.document_id,
        task_id=task.task_id,
        batch=task.batch,
        attempt=task.attempt,
    )


def _uncancel() -> None:
    """Clear the heartbeat's cancellation: it ends the work, not the consumer that runs it."""
    runner = asyncio.current_task()
    assert runner is not None
    runner.uncancel()
