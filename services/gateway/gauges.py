"""Gauges read from the database, refreshed before a scrape."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from sqlalchemy.orm import Session

from shared.database.base import Database
from shared.domain.errors import Unavailable
from shared.domain.stages import TASK_TYPES
from shared.domain.status import DOCUMENT_STATUSES, TASK_STATUSES
from shared.repositories import documents, tasks
from shared.telemetry.metrics import DOCUMENTS, OLDEST_PENDING, TASKS

log = logging.getLogger(__name__)

# Seconds: several Prometheus servers that scrape one gateway share a read of the database.
FRESH_S = 5.0

Counts = tuple[dict[str, int], dict[tuple[str, str], int], float]


class Gauges:
    """Sets the gauges from the database, at most once every `FRESH_S` seconds."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._due = clock()

    async def refresh(self) -> None:
        """Read the gauges if they are due; if the database is down, they keep their values."""
        if self._clock() < self._due:
            return
        self._due = self._clock() + FRESH_S
        try:
            _show(*await self._database.read(_count))
        except Unavailable:
            log.warning("the gauges keep their values: the database is unavailable")


def _count(session: Session) -> Counts:
    return (
        documents.count_by_status(session),
        tasks.count_by_state(session),
        tasks.oldest_pending_s(session),
    )


def _show(by_status: dict[str, int], by_state: dict[tuple[str, str], int], oldest: float) -> None:
    for status in DOCUMENT_STATUSES:
        DOCUMENTS.labels(status).set(by_status.get(status, 0))
    for task_type in TASK_TYPES:
        for status in TASK_STATUSES:
            TASKS.labels(task_type, status).set(by_state.get((task_type, status), 0))
    OLDEST_PENDING.set(oldest)
