"""The promise of a bus. An event is a hint that a task waits; the ledger decides what is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from shared.domain.events import Event

Consumer = Callable[[Event], Awaitable[None]]


class Bus(Protocol):
    """Carries events to groups of consumers and to listeners."""

    def subscribe(
        self, event_types: Sequence[type[Event]], consumer: Consumer, *, group: str, at_once: int
    ) -> None:
        """Have one member of `group` called at least once for each event of these types.

        Returning is the acknowledgement. Each lane of a group has `at_once` calls of its own.
        """

    def subscribe_all(self, listener: Consumer) -> Callable[[], None]:
        """Call `listener` with every event published until the returned function is called."""
        ...

    async def publish(self, events: Sequence[Event]) -> None:
        """Send events; one that can't be sent is logged, and the sweeper repeats its hint."""

    async def is_consuming(self) -> bool:
        """Whether events reach the consumers that subscribed here."""
        ...

    async def start(self) -> None:
        """Begin to deliver. Subscribe before."""

    async def stop(self) -> None:
        """Deliver nothing more, and let go of the connection."""
