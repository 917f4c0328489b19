"""Writes query logs in the background: one transaction for all rows that wait.

An answer does not wait for its log. Reading logs, and stopping, flush first, so that every answered
question is in them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from shared.database.base import Database
from shared.domain.errors import QuireError
from shared.repositories import erasure, query_logs

log = logging.getLogger(__name__)

# Rows kept while the database is away; later questions wait for it, which limits memory.
MAX_WAITING = 10_000
# Seconds in which rows gather before they are written together.
_GATHER_S = 0.2
# Seconds between attempts while the database is away.
_PAUSE_S = 1.0
# Seconds for the last write: as long as requests get at a stop.
_LAST_WRITE_WITHIN_S = 10.0

LogRow = Mapping[str, Any]


class LogWriter:
    """A bounded queue of log rows, and a task that writes them; the first row starts it."""

    def __init__(self, database: Database, *, gather_s: float = _GATHER_S) -> None:
        self._database = database
        self._gather_s = gather_s
        self._waiting: list[LogRow] = []
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def add(self, row: LogRow) -> None:
        """Queue `row` to be written soon; waits only while the queue is full."""
        if len(self._waiting) >= MAX_WAITING:
            await self.flush()
        self._waiting.append(row)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write_soon())

    async def flush(self) -> None:
        """Write all rows that were added. Unavailable: the database can't be reached."""
        async with self._writing:
            if rows := self._waiting:
                self._waiting = []
                try:
                    await self._database.transact(_write, rows)
                except (QuireError, asyncio.CancelledError):
                    self._waiting = [*rows, *self._waiting]
                    raise
                except Exception:
                    # Rows that the database refuses must not block later ones.
                    log.exception("the database refused query logs", extra={"lost": len(rows)})

    async def close(self) -> None:
        """Write the waiting rows; log the number of those not written within ten seconds."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        try:
            async with asyncio.timeout(_LAST_WRITE_WITHIN_S):
                await self._write_all()
        except TimeoutError:
            log.error("query logs are not written at the stop", extra={"lost": len(self._waiting)})

    async def _write_soon(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._gather_s)
            await self._write_all()

    async def _write_all(self) -> None:
        while True:
            try:
                return await self.flush()
            except QuireError:
                waiting = len(self._waiting)
                log.warning("query logs wait for the database", extra={"waiting": waiting})
                await asyncio.sleep(_PAUSE_S)


def _write(session: Session, rows: Sequence[LogRow]) -> None:
    """Store rows, without the answers from documents that were deleted in the meantime."""
    query_logs.create_many(session, rows)
    used = {each for row in rows for each in row.get("document_ids_used", ())}
    if used:
        erasure.erase_late(session, used)
