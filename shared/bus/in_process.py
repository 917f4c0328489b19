"""The bus inside one event loop, with a priority queue per lane.

Later batches of a long document are delivered after earlier batches of other documents.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from shared.bus.base import Consumer, deliver
from shared.domain.events import Event

Queue = asyncio.PriorityQueue[tuple[int, int, Event]]


@dataclass
class _Group:
    name: str
    event_types: tuple[type[Event], ...]
    consumer: Consumer
    at_once: int
    interactive: Queue = field(default_factory=asyncio.PriorityQueue)
    bulk: Queue = field(default_factory=asyncio.PriorityQueue)


class InProcessBus:
    """Implements `Bus` in memory; after a crash the sweeper repeats the events of waiting tasks."""

    def __init__(self) -> None:
        self._groups: list[_Group] = []
        self._listeners: list[Consumer] = []
        self._workers: list[asyncio.Task[None]] = []
        self._order = itertools.count()
        self._started = False

    def subscribe(
        self, event_types: Sequence[type[Event]], consumer: Consumer, *, group: str, at_once: int
    ) -> None:
        self._groups.append(_Group(group, tuple(event_types), consumer, at_once))

    def subscribe_all(self, listener: Consumer) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def publish(self, events: Sequence[Event]) -> None:
        for event in events:
            for group in self._groups:
                if isinstance(event, group.event_types):
                    priority = getattr(event, "batch", 0)
                    lane = group.bulk if getattr(event, "bulk", False) else group.interactive
                    lane.put_nowait((priority, next(self._order), event))
            for listener in tuple(self._listeners):
                await deliver(listener, event)

    async def start(self) -> None:
        self._started = True
        for group in self._groups:
            for lane in (group.interactive, group.bulk):
                for number in range(group.at_once):
                    work = _work(lane, group.consumer)
                    self._workers.append(asyncio.create_task(work, name=f"{group.name}-{number}"))

    async def is_consuming(self) -> bool:
        return self._started and not any(worker.done() for worker in self._workers)

    async def stop(self) -> None:
        self._started = False
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        self._workers.clear()


async def _work(lane: Queue, consumer: Consumer) -> None:
    while True:
        _, _, event = await lane.get()
        await deliver(consumer, event)
