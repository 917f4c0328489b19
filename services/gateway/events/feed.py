"""The system's events as one numbered stream, which a listener can leave and resume.

Numbers begin with the time at which the process started, in milliseconds, so numbers of an earlier
process are recognised. A listener that reads too slowly is disconnected; it can resume after the
last number that it received.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from shared.domain.events import Event
from shared.telemetry.metrics import LISTENERS

# Events kept for listeners that reconnect, and events that may wait for one listener. Both bound
# the memory of the process.
REMEMBERED = 2_000
MAX_WAITING = 1_000


@dataclass(frozen=True)
class Entry:
    """One event and its number."""

    seq: int
    event: Event


@dataclass(eq=False)
class Listener:
    """A queue of entries for one listener; None in the queue ends it."""

    document_id: str | None
    queue: asyncio.Queue[Entry | None] = field(default_factory=asyncio.Queue)
    ended: bool = False

    def end(self) -> None:
        self.ended = True
        self.queue.put_nowait(None)


class EventFeed:
    """Keeps the last `remembered` events and passes each new one to its listeners."""

    def __init__(
        self,
        *,
        first_seq: int | None = None,
        remembered: int = REMEMBERED,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._next = first_seq if first_seq is not None else time.time_ns() // 1_000_000
        self._past: deque[Entry] = deque(maxlen=remembered)
        self._listeners: set[Listener] = set()
        self._max_waiting = max_waiting
        self._closed = False

    async def publish(self, event: Event) -> None:
        """Number an event of the bus and pass it to its listeners."""
        entry = Entry(self._next, event)
        self._next += 1
        self._past.append(entry)
        for listener in tuple(self._listeners):
            if listener.document_id in (None, event.document_id):
                self._pass(listener, entry)

    def subscribe(self, document_id: str | None = None) -> Listener:
        """Return a listener to all later events, or to those of one document.

        Pair it with `unsubscribe`.
        """
        listener = Listener(document_id)
        if self._closed:
            listener.end()
        self._listeners.add(listener)
        LISTENERS.set(len(self._listeners))
        return listener

    def unsubscribe(self, listener: Listener) -> None:
        self._listeners.discard(listener)
        LISTENERS.set(len(self._listeners))

    def since(self, seq: int, document_id: str | None = None) -> list[Entry] | None:
        """Return the events after number `seq`; None if some are not kept or `seq` is unknown."""
        oldest = self._past[0].seq if self._past else self._next
        if not oldest - 1 <= seq < self._next:
            return None
        return [
            entry
            for entry in self._past
            if entry.seq > seq and document_id in (None, entry.event.document_id)
        ]

    @property
    def last_seq(self) -> int:
        return self._next - 1

    @property
    def listening(self) -> int:
        """Return the number of listeners."""
        return len(self._listeners)

    def close(self) -> None:
        """End all listeners and refuse new ones, because the server stops."""
        self._closed = True
        for listener in self._listeners:
            listener.end()

    def _pass(self, listener: Listener, entry: Entry) -> None:
        if listener.ended:
            return
        if listener.queue.qsize() >= self._max_waiting:
            self.unsubscribe(listener)
            listener.queue = asyncio.Queue()
            listener.end()
        else:
            listener.queue.put_nowait(entry)


async def entries(listener: Listener, heartbeat_s: float) -> AsyncIterator[Entry | None]:
    """Yield entries until the listener ends; None after each `heartbeat_s` seconds without one."""
    while True:
        try:
            async with asyncio.timeout(heartbeat_s):
                entry = await listener.queue.get()
        except TimeoutError:
            yield None
            continue
        if entry is None:
            return
        yield entry
