"""Reads the numbered events once for all listeners of this process, and passes them on.

The events of the ledger are the only source. What wakes the feed (the bus, the database's notices)
is a hint: one that is lost delays an event until the next look. So all gateways tell the same
numbers, and a listener can leave one and continue at another.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections import Counter as Multiset
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator

from services.gateway.events.frames import Frame, update
from services.gateway.events.listener import Listener, topics_of
from shared.database.base import Database
from shared.domain.errors import QuireError, Unavailable
from shared.domain.events import Event
from shared.domain.position import Position
from shared.http.problems import Problem, Refusal
from shared.repositories import events
from shared.repositories.events import StoredEvent
from shared.telemetry.metrics import ENDED_LISTENERS, LISTENERS

log = logging.getLogger(__name__)

# Frames kept in memory, so that listeners that come back together don't all ask the database.
REMEMBERED = 2_000
# Frames that may wait for one listener. Both bound the memory of the process.
MAX_WAITING = 1_000
# Events of one read.
PAGE = 500
# Seconds between looks without a hint: the longest delay of an event whose hints were all lost.
POLL_S = 2.0
# Seconds between two looks: on a busy system one look finds the events of all steps since.
GATHER_S = 0.05
# Seconds that a new listener waits for a look.
BEGIN_WITHIN_S = 5.0
# Milliseconds after which clients come back for each listener that they are told to: a thousand
# return over two seconds.
_SPREAD_MS = 2.0
_LEAST_MS, _MOST_MS = 1_000.0, 15_000.0

_OTHER_HISTORY = "The history of events has changed. Read the state again."
_TOO_MANY = "The server has as many listeners as it can serve. Try again later."
_TOO_MANY_OF_ONE = "You have {count} streams of events open, which is the most. Close one first."
_NOT_READY = "Events can't be read right now; try again."


class EventFeed:
    """Follows the events and passes their frames to listeners (a `BackgroundPart`).

    `most` and `most_of_one` are the most listeners in all and of one caller; 0: any number.
    """

    def __init__(
        self,
        database: Database,
        *,
        most: int = 0,
        most_of_one: int = 0,
        remembered: int = REMEMBERED,
        max_waiting: int = MAX_WAITING,
        poll_s: float = POLL_S,
        gather_s: float = GATHER_S,
    ) -> None:
        self._database = database
        self._most, self._most_of_one = most, most_of_one
        self._max_waiting = max_waiting
        self._poll_s, self._gather_s = poll_s, gather_s
        self._place: Position | None = None
        # The frames after `_oldest`, in order.
        self._past: deque[Frame] = deque(maxlen=remembered)
        self._oldest = Position("", 0)
        self._listeners: set[Listener] = set()
        self._by_topic: defaultdict[str, set[Listener]] = defaultdict(set)
        self._by_owner: Multiset[str] = Multiset()
        self._hinted = asyncio.Event()
        # Somebody waits for the next look.
        self._awaited = asyncio.Event()
        # Looks that have begun, the last one that succeeded, and the event of its end.
        self._looks = self._looked = 0
        self._has_looked = asyncio.Event()
        self._stopping = False
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._running = asyncio.create_task(self._look_forever(), name="event-feed")

    async def stop(self) -> None:
        self.close()
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    def close(self) -> None:
        """End all listeners and refuse new ones, because the server stops."""
        self._stopping = True
        for listener in tuple(self._listeners):
            listener.end("stopping")

    def hint(self) -> None:
        """Look for new events soon, if anybody listens: there may be some."""
        if self._listeners:
            self._hinted.set()

    async def heard(self, _: Event) -> None:
        """Take an event of the bus as a hint."""
        self.hint()

    @property
    def listening(self) -> int:
        """Return the number of listeners."""
        return len(self._listeners)

    async def subscribe(self, owner: str) -> Listener:
        """Return a listener without topics, at the present end of the history.

        Pair it with `unsubscribe`. Refusal: there are too many. Unavailable: no event can be read.
        """
        try:
            async with asyncio.timeout(BEGIN_WITHIN_S):
                await self._fresh_look()
        except TimeoutError:
            raise Unavailable(_NOT_READY) from None
        self._refuse_too_many(owner)
        assert self._place is not None
        listener = Listener(owner, self._place, self._max_waiting)
        if self._stopping:
            listener.end("stopping")
        self._listeners.add(listener)
        self._by_owner[owner] += 1
        LISTENERS.set(len(self._listeners))
        return listener

    def unsubscribe(self, listener: Listener) -> None:
        self.drop(listener, tuple(listener.topics))
        if listener in self._listeners:
            self._listeners.remove(listener)
            self._by_owner -= Multiset([listener.owner])
            LISTENERS.set(len(self._listeners))
            if listener.ended:
                ENDED_LISTENERS.labels(listener.ended).inc()

    def add(self, listener: Listener, topics: Iterable[str]) -> Position:
        """Pass all later frames of these topics; return the place after which that is."""
        assert self._place is not None
        for topic in topics:
            listener.topics.add(topic)
            self._by_topic[topic].add(listener)
        return self._place

    def drop(self, listener: Listener, topics: Iterable[str]) -> None:
        """Pass no more frames of these topics alone."""
        for topic in topics:
            listener.topics.discard(topic)
            self._by_topic[topic].discard(listener)
            if not self._by_topic[topic]:
                del self._by_topic[topic]

    def catch_up(self, listener: Listener) -> None:
        """Move a listener that has all its frames over the events of other topics.

        Else one that is idle would return with an old place, and be sent what it has no use for.
        """
        if listener.has_all and self._place is not None and self._place.includes(listener.place):
            listener.place = self._place

    async def after(self, place: Position, until: Position) -> list[Frame] | None:
        """Return some frames after a place and up to `until`, at least one if there are any.

        None: not all of them are kept, or the place is of another history.
        """
        if until.includes(place) and place.includes(self._oldest):
            return [each for each in self._past if _is_between(place, each, until)]
        found = await self._database.read(events.after, place, PAGE)
        if found is None:
            return None
        frames = [update(each, place.epoch) for each in found if each.seq <= until.seq]
        kept = [each for each in frames if each is not None]
        if kept or len(found) < PAGE or found[-1].seq >= until.seq:
            return kept
        # A whole page of events that clients are not told of.
        return await self.after(Position(place.epoch, found[-1].seq), until)

    def retry_ms(self, pick: Callable[[float, float], float] = random.uniform) -> int:
        """Return when a client is to come back, spread so that all do not come together."""
        most = min(_MOST_MS, max(_LEAST_MS, self.listening * _SPREAD_MS))
        return round(pick(_LEAST_MS / 4, most))

    def _refuse_too_many(self, owner: str) -> None:
        pause = {"Retry-After": "5"}
        if 0 < self._most_of_one <= self._by_owner[owner]:
            sentence = _TOO_MANY_OF_ONE.format(count=self._most_of_one)
            raise Refusal(Problem(429, "too_many_listeners", sentence, headers=pause))
        if 0 < self._most <= len(self._listeners):
            raise Refusal(Problem(503, "too_many_listeners", _TOO_MANY, headers=pause))

    async def _fresh_look(self) -> None:
        """Wait for a look that begins from now on; all who wait share it."""
        wanted = self._looks + 1
        self._awaited.set()
        self._hinted.set()
        while self._looked < wanted:
            await self._has_looked.wait()

    async def _look_forever(self) -> None:
        """Look after each hint and every `poll_s` seconds.

        Of hints only one is heeded in `gather_s` seconds; a look that is waited for comes at once.
        """
        while True:
            self._hinted.clear()
            self._awaited.clear()
            self._looks += 1
            try:
                await self._look()
                self._looked = self._looks
                self._has_looked.set()
                self._has_looked = asyncio.Event()
            except QuireError:
                log.warning("new events could not be read; the next look tries again")
            except Exception:
                # All listeners wait for the next look.
                log.exception("a look for events failed; the next one tries again")
            await _wait(self._awaited, self._gather_s)
            await _wait(self._hinted, self._poll_s)

    async def _look(self) -> None:
        """Pass on all events after the present place."""
        if self._place is None:
            await self._begin()
        assert self._place is not None
        is_more = True
        while is_more:
            found = await self._database.read(events.after, self._place, PAGE)
            if found is None:
                place = await self._begin()
                for listener in self._listeners:
                    listener.resync(place, _OTHER_HISTORY)
                return
            for told in self._remembered(found):
                self._pass(told)
            is_more = len(found) == PAGE

    async def _begin(self) -> Position:
        """Stand at the end of the history, with the frames before it in memory."""
        now = await self._database.read(events.position)
        before = Position(now.epoch, max(0, now.seq - (self._past.maxlen or 0)))
        found = await self._database.read(events.after, before, now.seq - before.seq)
        self._past.clear()
        # None: some of them are not kept any more.
        self._oldest = self._place = now if found is None else before
        for _ in self._remembered(found or []):
            pass
        return self._place

    def _remembered(self, found: list[StoredEvent]) -> Iterator[Frame]:
        """Move behind each event, and yield its frame once it is in memory."""
        assert self._place is not None
        epoch = self._place.epoch
        for event in found:
            self._place = Position(epoch, event.seq)
            told = update(event, epoch)
            if told is None:
                continue
            if len(self._past) == self._past.maxlen and self._past[0].place:
                self._oldest = self._past[0].place
            self._past.append(told)
            yield told

    def _pass(self, told: Frame) -> None:
        hearing: set[Listener] = set()
        hearing.update(*(self._by_topic.get(topic, ()) for topic in topics_of(told)))
        for listener in hearing:
            if not listener.ended:
                listener.put(told)


async def _wait(event: asyncio.Event, within_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            await event.wait()


def _is_between(place: Position, told: Frame, until: Position) -> bool:
    assert told.place is not None
    return place.seq < told.place.seq <= until.seq
