"""Extends the leases that one process holds, all in one heartbeat statement.

A lease without progress for `stall_s` seconds is not extended, so that another worker can take the
task. The work on a task whose lease is lost is cancelled at its next await.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from shared.database.base import Database
from shared.domain.errors import QuireError
from shared.ledger import tasks
from shared.ledger.steps import ClaimedTask

log = logging.getLogger(__name__)


@dataclass
class _Held:
    task: ClaimedTask
    runner: asyncio.Task[object]
    touched_at: float


class Leases:
    """Extends every held lease each `heartbeat_s` seconds while its work makes progress."""

    def __init__(
        self,
        database: Database,
        *,
        lease_s: float = 30.0,
        heartbeat_s: float = 10.0,
        stall_s: float = 900.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._lease_s = lease_s
        self._heartbeat_s = heartbeat_s
        self._stall_s = stall_s
        self._clock = clock
        self._held: dict[str, _Held] = {}
        self._lost: set[tuple[str, int]] = set()
        self._beating: asyncio.Task[None] | None = None

    @contextmanager
    def hold(self, task: ClaimedTask) -> Iterator[None]:
        """Extend the lease while the current asyncio task is inside the context."""
        runner = asyncio.current_task()
        assert runner is not None
        self._held[task.task_id] = _Held(task, runner, self._clock())
        try:
            yield
        finally:
            self._held.pop(task.task_id, None)

    def touch(self, task: ClaimedTask) -> None:
        """Record that the task's work made progress."""
        if held := self._held.get(task.task_id):
            held.touched_at = self._clock()

    def pop_lost(self, task: ClaimedTask) -> bool:
        """Return whether a heartbeat found this lease lost, and forget it."""
        key = (task.task_id, task.lease_epoch)
        lost = key in self._lost
        self._lost.discard(key)
        return lost

    async def start(self) -> None:
        self._beating = asyncio.create_task(self._beat_forever(), name="heartbeat")

    async def stop(self) -> None:
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)

    async def heartbeat(self) -> None:
        """Extend all leases once and cancel the work on those that are lost."""
        late = self._clock() - self._stall_s
        held = {
            key: value.task.lease_epoch
            for key, value in self._held.items()
            if value.touched_at >= late
        }
        if not held:
            return
        alive = await self._database.transact(
            tasks.extend_leases, list(held.items()), lease_s=self._lease_s
        )
        for task_id, epoch in held.items():
            still = self._held.get(task_id)
            if task_id not in alive and still and still.task.lease_epoch == epoch:
                self._lost.add((task_id, epoch))
                still.runner.cancel()

    async def _beat_forever(self) -> None:
        while True:
            await asyncio.sleep(self._heartbeat_s)
            try:
                await self.heartbeat()
            except QuireError:
                log.warning("heartbeat failed; the next one extends the leases")
