"""The bus: carries events. An event is a hint; the ledger decides what is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from shared.domain.events import Event

Consumer = Callable[[Event], Awaitable[None]]


class Bus(Protocol):
    """Publish facts; consume them as one of a group, or listen to all of them.

    A consumer is called at least once for every event of its group, by one member of it; returning
    is the acknowledgement. Each lane of a group has `at_once` calls of its own. A listener hears
    every event that is published while it listens.
    """

    def subscribe(
        self, event_types: Sequence[type[Event]], consumer: Consumer, *, group: str, at_once: int
    ) -> None: ...

    def subscribe_all(self, listener: Consumer) -> Callable[[], None]: ...

    async def publish(self, events: Sequence[Event]) -> None: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...
