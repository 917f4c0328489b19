"""The bus: carries events. An event is a hint; the ledger decides what is done.

`InProcessBus` is the embedded one: a priority queue a consumer group, so that the first batches of
every document go before the later batches of a long one.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from shared.events import Event

log = logging.getLogger(__name__)
Consumer = Callable[[Event], Awaitable[None]]


class Bus(Protocol):
    """Publish facts; consume them as one of a group, or listen to all of them.

    A consumer is called at least once for every event of its group, by one member of it; returning
    is the acknowledgement. A listener hears every event that is published while it listens.
    """

    def consume(
        self, event_types: Sequence[type[Event]], consumer: Consumer, *, group: str, at_once: int
    ) -> None: ...

    def listen(self, listener: Consumer) -> Callable[[], None]: ...

    async def publish(self, events: Sequence[Event]) -> None: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


@dataclass
class _Group:
    name: str
    event_types: tuple[type[Event], ...]
    consumer: Consumer
    at_once: int
    queue: asyncio.PriorityQueue[tuple[int, int, Event]] = field(
        default_factory=asyncio.PriorityQueue
    )


class InProcessBus:
    """`Bus` inside one event loop. What is queued dies with it; the sweeper brings it back."""

    def __init__(self) -> None:
        self._groups: list[_Group] = []
        self._listeners: list[Consumer] = []
        self._workers: list[asyncio.Task[None]] = []
        self._order = itertools.count()

    def consume(
        self, event_types: Sequence[type[Event]], consumer: Consumer, *, group: str, at_once: int
    ) -> None:
        self._groups.append(_Group(group, tuple(event_types), consumer, at_once))

    def listen(self, listener: Consumer) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def publish(self, events: Sequence[Event]) -> None:
        for event in events:
            for group in self._groups:
                if isinstance(event, group.event_types):
                    priority = getattr(event, "batch", 0)
                    group.queue.put_nowait((priority, next(self._order), event))
            for listener in tuple(self._listeners):
                await _call(listener, event)

    async def start(self) -> None:
        for group in self._groups:
            for number in range(group.at_once):
                name = f"{group.name}-{number}"
                self._workers.append(asyncio.create_task(_work(group), name=name))

    async def stop(self) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        self._workers.clear()

    def backlog(self) -> dict[str, int]:
        """Hints that wait, by group."""
        return {group.name: group.queue.qsize() for group in self._groups}


async def _work(group: _Group) -> None:
    while True:
        _, _, event = await group.queue.get()
        await _call(group.consumer, event)


async def _call(consumer: Consumer, event: Event) -> None:
    try:
        await consumer(event)
    except Exception:
        log.exception(
            "a consumer failed; the sweeper will repeat the hint",
            extra={"event": event.name, "document_id": event.document_id},
        )
