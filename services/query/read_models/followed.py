"""Keeps one read model up to date: applies events in order, or rebuilds the model from the rows."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass

from services.query.read_models.base import ReadModel
from shared.database.base import Database
from shared.domain.errors import Unavailable
from shared.domain.position import Position
from shared.repositories import events
from shared.repositories.events import StoredEvent
from shared.telemetry.metrics import READ_MODEL_REBUILDS

log = logging.getLogger(__name__)

# Events applied at once: bounds the memory of one change of a model.
PAGE = 1_000
# Seconds: the longest pause between attempts; the first is shorter and doubles.
LONGEST_PAUSE_S = 60.0


@dataclass(frozen=True)
class Lag:
    """How far a model is behind the last committed event that the follower saw.

    events       number of events that are not applied
    seconds      time since the oldest of them was seen
    is_built     whether the model has been complete since the process started
    is_rebuilt   whether it is being rebuilt now
    """

    name: str
    events: int
    seconds: float
    is_built: bool
    is_rebuilt: bool


class Followed:
    """One model and its progress; `pause_s` is the pause in seconds after a failure."""

    def __init__(self, model: ReadModel, database: Database, pause_s: float) -> None:
        self.model = model
        self._database = database
        self._pause_s = pause_s
        self._awake = asyncio.Event()
        self._moved = asyncio.Event()
        self._failed = False
        self._is_built = False
        self._rebuilt_since: float | None = None
        # The last committed place, and the oldest one seen that the model has not reached.
        self._now: Position | None = None
        self._behind: tuple[Position, float] | None = None

    def see(self, now: Position) -> None:
        """Note the place of the last committed event; wake the model if it is behind."""
        self._now = now
        if self._behind and (self.has(self._behind[0]) or self._behind[0].epoch != now.epoch):
            self._behind = None
        if not self.has(now):
            self._behind = self._behind or (now, time.monotonic())
            self._awake.set()

    async def reach(self, place: Position, within_s: float) -> bool:
        """Return True once the model includes `place`, or False while a long rebuild runs."""
        while not self.has(place):
            since = self._rebuilt_since
            if since is not None and time.monotonic() - since > within_s:
                return False
            self._awake.set()
            await self._moved.wait()
        return True

    def lag(self) -> Lag:
        """Return how far the model is behind."""
        mine, now, behind = self.model.position, self._now, self._behind
        applied = mine.seq if mine and now and mine.epoch == now.epoch else 0
        late = behind is not None and not self.has(behind[0])
        return Lag(
            name=self.model.name,
            events=max(0, now.seq - applied) if now else 0,
            seconds=time.monotonic() - behind[1] if behind and late else 0.0,
            is_built=self._is_built,
            is_rebuilt=self._rebuilt_since is not None,
        )

    async def run(self) -> None:
        """Follow the events until cancelled."""
        pause_s = self._pause_s
        while True:
            self._awake.clear()
            try:
                more = await self._step()
            except Unavailable:
                log.warning("a read model waits for a server", extra={"model": self.model.name})
            except Exception:
                self._failed = True
                log.exception(
                    "a read model failed; it is rebuilt from the rows",
                    extra={"model": self.model.name, "pause_s": pause_s},
                )
            else:
                pause_s = self._pause_s
                if not more:
                    await self._awake.wait()
                continue
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _step(self) -> bool:
        """Apply the next page of events or rebuild; return whether more events may wait."""
        place = None if self._failed else self.model.position
        found: list[StoredEvent] | None = None
        if place is not None:
            found = await self._database.read(events.after, place, PAGE)
        if place is None or found is None:
            await self._rebuild()
            return True
        if found:
            await self.model.apply(found, Position(place.epoch, found[-1].seq))
        self._announce()
        return len(found) == PAGE

    async def _rebuild(self) -> None:
        self._rebuilt_since = begun = time.monotonic()
        READ_MODEL_REBUILDS.inc()
        try:
            await self.model.rebuild(await self._database.read(events.position))
        finally:
            self._rebuilt_since = None
        self._failed = False
        self._announce()
        seconds = round(time.monotonic() - begun, 1)
        log.info("a read model was rebuilt", extra={"model": self.model.name, "seconds": seconds})

    def _announce(self) -> None:
        self._is_built = True
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def has(self, place: Position) -> bool:
        """Return whether the model includes `place` and works."""
        mine = self.model.position
        return not self._failed and mine is not None and mine.includes(place)
