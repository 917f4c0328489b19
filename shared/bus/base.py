"""Interface of a bus; an event only hints that a task is due, and the ledger decides what runs."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from shared.domain.events import Event

log = logging.getLogger(__name__)

Consumer = Callable[[Event], Awaitable[None]]


class Bus(Protocol):
    """Carries events to groups of consumers and to listeners."""

    def subscribe(
        self, event_types: Sequence[type[Event]], consumer: Consumer, *, group: str, at_once: int
    ) -> None:
        """Call one consumer of `group` at least once for each event of these types.

        A return acknowledges the event. Each lane of a group runs up to `at_once` calls.

            bus.subscribe([ChunksEmbedded], index_batch, group="indexer", at_once=2)
        """

    def subscribe_all(self, listener: Consumer) -> Callable[[], None]:
        """Call `listener` with every event published until the returned function is called.

        Subscribe before `start`.
        """
        ...

    async def publish(self, events: Sequence[Event]) -> None:
        """Send events; one that can't be sent is logged.

        The sweeper repeats events of waiting tasks. Others are lost: listeners read the database.
        """

    async def is_consuming(self) -> bool:
        """Return whether events reach the consumers that subscribed here."""
        ...

    async def start(self) -> None:
        """Start delivering to the consumers that have subscribed."""

    async def stop(self) -> None:
        """Stop delivering and close the connection."""


async def deliver(consumer: Consumer, event: Event) -> None:
    """Call `consumer` with an event; an error is logged, because a sweep repeats it for a task."""
    try:
        await consumer(event)
    except Exception:
        log.exception(
            "a consumer failed; the sweeper repeats the event if its task is still due",
            extra={"event": event.name, "document_id": event.document_id},
        )
