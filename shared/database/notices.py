"""Hears PostgreSQL's notices (`NOTIFY`) on a connection of its own.

Behind a pooler that gives connections away between transactions (PgBouncer's default) no notice
comes; then the bus and regular looks do it alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.engine import URL

log = logging.getLogger(__name__)

# Seconds. A dead connection is noticed by the check and replaced; nothing waits for it.
_CHECK_EVERY_S = 30.0
_CHECK_WITHIN_S = 10.0
_PAUSE_S = 2.0
_FAILURES = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class PostgresNotices:
    """Calls `heard` after each notice on a channel, and after it could hear none for a while."""

    def __init__(self, url: URL, channel: str, heard: Callable[[], None]) -> None:
        # What the address says of TLS, for example, means the same as for all other connections.
        dialect: Any = PGDialect_asyncpg  # SQLAlchemy's dialects have no types
        _, self._options = dialect().create_connect_args(url)
        self._options.pop("prepared_statement_cache_size", None)
        self._channel = channel
        self._heard = heard
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._running = asyncio.create_task(self._listen_forever(), name="database-notices")

    async def stop(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _listen_forever(self) -> None:
        while True:
            try:
                await self._listen()
            except _FAILURES:
                log.warning("no notices of the database are heard; trying again")
            await asyncio.sleep(_PAUSE_S)

    async def _listen(self) -> None:
        connection = await asyncpg.connect(**self._options, timeout=_CHECK_WITHIN_S)
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(self._channel, self._notice)
            self._heard()
            while not lost.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_CHECK_EVERY_S):
                        await lost.wait()
                if not lost.is_set():
                    await connection.execute("SELECT 1", timeout=_CHECK_WITHIN_S)
        finally:
            connection.terminate()

    def _notice(self, *_: Any) -> None:
        self._heard()
