"""Keeps the read models of a process up to date with the numbered events.

A model is rebuilt from the rows if it has no place in the present history of events, if events
after its place are no longer kept, or if it fails to apply them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from functools import partial

from services.query.read_models.base import ReadModel
from services.query.read_models.followed import Followed, Lag
from shared.bus.base import Bus
from shared.database.base import Database
from shared.domain.errors import QuireError, Unavailable
from shared.domain.events import Event
from shared.domain.position import Position
from shared.process.service import Check
from shared.repositories import events
from shared.telemetry.metrics import READ_MODEL_LAG_EVENTS, READ_MODEL_LAG_SECONDS

log = logging.getLogger(__name__)

# Seconds between looks at the last number: the delay of a change whose event the bus lost.
POLL_S = 2.0
# Seconds from an event of the bus to the look that it causes. Events of this time are applied
# together: one commit of a model costs as much as some hundred chunks. No question waits for it:
# one that comes in between has them applied at once.
GATHER_S = 1.0
# Seconds before a model is tried again that failed.
PAUSE_S = 1.0
# Seconds that a question waits: a change is applied within milliseconds, a page of events within
# half a second.
WAIT_S = 1.0
# Seconds of lag beyond which a process is not ready; a hundred pages of events take less.
MAX_LAG_S = 60.0


class Follower:
    """Follows the events for several models, each at its own pace (a `BackgroundPart`).

    A question calls `caught_up` before it searches a model.
    """

    def __init__(
        self,
        database: Database,
        bus: Bus,
        models: Sequence[ReadModel],
        *,
        poll_s: float = POLL_S,
        gather_s: float = GATHER_S,
        pause_s: float = PAUSE_S,
    ) -> None:
        self._database = database
        self._poll_s = poll_s
        self._gather_s = gather_s
        self._followed = [Followed(model, database, pause_s) for model in models]
        self._look = asyncio.Event()
        # The place of the last event, and the version of the database before it was read.
        self._known: tuple[Position | None, int | None] = (None, None)
        self._running: list[asyncio.Task[None]] = []
        # Before the bus starts: RabbitMQ has a queue for listeners only if there are some then.
        self._unsubscribe: Callable[[], None] = (
            bus.subscribe_all(self._heard) if models else lambda: None
        )

    async def start(self) -> None:
        if not self._followed:
            return
        self._running = [
            asyncio.create_task(each.run(), name=f"read-model-{each.model.name}")
            for each in self._followed
        ]
        self._running.append(asyncio.create_task(self._look_forever(), name="read-models"))

    async def stop(self) -> None:
        self._unsubscribe()
        for running in self._running:
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._running.clear()

    async def caught_up(self, within_s: float = WAIT_S) -> Position | None:
        """Wait until every model has the changes committed before this call, or `within_s` seconds.

        Returns the place that all have reached; None if one has not. A model that has been rebuilt
        for longer is not waited for.
        """
        try:
            async with asyncio.timeout(within_s):
                now = await self._last()
                behind = [each for each in self._followed if not each.has(now)]
                if not behind:
                    return now
                reached = [each.reach(now, within_s) for each in behind]
                return now if all(await asyncio.gather(*reached)) else None
        except (TimeoutError, Unavailable):
            return None

    async def _last(self) -> Position:
        """Return the place of the last event; the one known if nothing was committed since."""
        version = self._database.version()
        known, at = self._known
        if version is not None and version == at and known is not None:
            return known
        now = await self._database.read(events.position)
        # Read after the version: a commit between them makes this look old, and it is read again.
        self._known = (now, version)
        return now

    @property
    def models(self) -> list[ReadModel]:
        """Return the models that are followed."""
        return [each.model for each in self._followed]

    def lags(self) -> list[Lag]:
        """Return how far each model is behind."""
        return [each.lag() for each in self._followed]

    def checks(self) -> dict[str, Check]:
        """Return the checks of `/readyz`: each model is built and not far behind.

        A model that is rebuilt later is not counted: it would take all processes away at once.
        """
        return {f"{each.model.name}_model": partial(_is_ready, each) for each in self._followed}

    async def _heard(self, _: Event) -> None:
        self._look.set()

    async def _look_forever(self) -> None:
        """Look for new events soon after one is heard, and every `poll_s` seconds."""
        while True:
            self._look.clear()
            try:
                now = await self._database.read(events.position)
            except QuireError:
                log.warning("the last event could not be read; the next look tries again")
            else:
                for each in self._followed:
                    each.see(now)
            for lag in self.lags():
                READ_MODEL_LAG_EVENTS.labels(lag.name).set(lag.events)
                READ_MODEL_LAG_SECONDS.labels(lag.name).set(lag.seconds)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._poll_s):
                    await self._look.wait()
                await asyncio.sleep(self._gather_s)


async def _is_ready(followed: Followed) -> bool:
    lag = followed.lag()
    return lag.is_built and (lag.is_rebuilt or lag.seconds <= MAX_LAG_S)
