"""Ends a process that no longer receives events, so that its supervisor restarts it.

After some reconnects the broker's connection is up but its consumers are missing, and the client
reports no error; the server is therefore asked. Unfinished work is safe in the ledger.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

# Seconds between checks; four misses in a row are a minute, so a short reconnect ends no process.
EVERY_S = 15.0
MAX_MISSES = 4


def end_this_process() -> None:
    """Send SIGTERM to this process, which finishes its running work before it exits."""
    os.kill(os.getpid(), signal.SIGTERM)


class Watchdog:
    """Calls `give_up` after `max_misses` failed checks in a row."""

    def __init__(
        self,
        is_alive: Callable[[], Awaitable[bool]],
        *,
        every_s: float = EVERY_S,
        max_misses: int = MAX_MISSES,
        give_up: Callable[[], None] = end_this_process,
    ) -> None:
        self._is_alive = is_alive
        self._every_s = every_s
        self._max_misses = max_misses
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
        while misses < self._max_misses:
            await asyncio.sleep(self._every_s)
            misses = 0 if await self._is_alive() else misses + 1
        log.critical("the bus delivers no events; ending this process so that it is restarted")
        self._give_up()
