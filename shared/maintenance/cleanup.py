"""Daily clean-up, at 2:00 UTC, of old tasks, events, keys, query logs and unused files.

It only keeps tables and folders from growing without limit; correctness does not depend on it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from shared.blobs.base import PAGES, Blobs
from shared.database.base import Database
from shared.maintenance import orphan_blobs
from shared.repositories import blob_removals, events, idempotency_keys, query_logs, tasks
from shared.settings import Settings

log = logging.getLogger(__name__)

# UTC; at night in Europe, when the load is low.
HOUR = 2
DAY_S = 86_400.0
# Seconds that a drawn page is kept: a page has up to a megabyte, and takes a tenth of a second.
DRAWN_PAGES_S = 7 * DAY_S


@dataclass(frozen=True)
class CleanUp:
    """The daily clean-up; it may run during any work, and more than once."""

    settings: Settings
    database: Database
    blobs: Blobs

    async def run(self) -> dict[str, int]:
        """Clean up now and return the number of removed items by kind."""
        settings = self.settings
        removed = await self.database.transact(
            _delete_old_rows,
            tasks_s=settings.keep_tasks_days * DAY_S,
            queries_s=settings.keep_queries_days * DAY_S,
        )
        yesterday = time.time() - DAY_S
        removed["temporary_files"] = await asyncio.to_thread(self.blobs.sweep_incoming, yesterday)
        removed["drawn_pages"] = await asyncio.to_thread(self._remove_drawn_pages)
        orphans = await orphan_blobs.find(self.database, self.blobs)
        removed["blobs"] = await orphan_blobs.remove(self.database, self.blobs, orphans)
        return removed

    def _remove_drawn_pages(self) -> int:
        """Remove pictures of pages that were drawn days ago; they are drawn again when needed."""
        keys = list(self.blobs.keys(PAGES, unchanged_s=DRAWN_PAGES_S))
        for key in keys:
            self.blobs.remove(key)
        return len(keys)


def _delete_old_rows(session: Session, *, tasks_s: float, queries_s: float) -> dict[str, int]:
    removed = {
        "tasks": tasks.remove_completed(session, before_s=tasks_s),
        "idempotency_keys": idempotency_keys.remove_expired(session),
        "events": events.remove_old(session),
        "removal_marks": blob_removals.remove_expired(session),
    }
    if queries_s:
        removed["query_logs"] = query_logs.remove(session, before_s=queries_s)
    return removed


def seconds_until(hour: int, now: datetime) -> float:
    """Return the seconds from `now` to the next `hour`:00 UTC."""
    today = now.astimezone(UTC).replace(hour=hour, minute=0, second=0, microsecond=0)
    due = today if today > now else today + timedelta(days=1)
    return (due - now).total_seconds()


class Daily:
    """Runs `work` daily at `HOUR` UTC, in a process without a scheduler such as Celery beat.

    `name` names the work in the log.
    """

    def __init__(
        self, work: Callable[[], Awaitable[Mapping[str, float]]], name: str = "clean-up"
    ) -> None:
        self._work = work
        self._name = name
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._running = asyncio.create_task(self._run_daily(), name="daily")

    async def stop(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _run_daily(self) -> None:
        while True:
            await asyncio.sleep(seconds_until(HOUR, datetime.now(UTC)))
            try:
                log.info("daily work is done", extra={"work": self._name, **await self._work()})
            except Exception:
                log.exception(
                    "daily work failed; it runs again tomorrow", extra={"work": self._name}
                )
