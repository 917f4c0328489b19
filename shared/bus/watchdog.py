"""Ends a process whose bus has gone deaf, so that whoever runs it starts it anew.

After some reconnects a broker's connection is up and its consumers are missing; nothing in the
client says so. The server is asked instead, and a process that stays deaf leaves: the ledger makes
that safe at any moment.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

EVERY_S = 15.0
MOST_MISSES = 4


def end_this_process() -> None:
    """As an operator would: work in hand ends first."""
    os.kill(os.getpid(), signal.SIGTERM)


class Watchdog:
    """Calls `give_up` after `most_misses` checks in a row that found nobody listening."""

    def __init__(
        self,
        is_alive: Callable[[], Awaitable[bool]],
        *,
        every_s: float = EVERY_S,
        most_misses: int = MOST_MISSES,
        give_up: Callable[[], None] = end_this_process,
    ) -> None:
        self._is_alive = is_alive
        self._every_s = every_s
        self._most_misses = most_misses
        self._give_up = give_up
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._watching = asyncio.create_task(self._watch(), name="watchdog")

    async def stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def _watch(self) -> None:
        misses = 0
        while misses < self._most_misses:
            await asyncio.sleep(self._every_s)
            misses = 0 if await self._is_alive() else misses + 1
        log.critical("nothing is consumed any more; this process ends to be started anew")
        self._give_up()
