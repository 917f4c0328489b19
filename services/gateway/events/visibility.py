"""Tells which events a caller may see: those of documents that it may read."""

from __future__ import annotations

import time
from collections.abc import Callable

from shared.database.base import Database
from shared.domain.caller import asking
from shared.repositories import documents

# Seconds for which an answer counts: a listener gets events for so long after its right ended.
FRESH_S = 2.0
# Documents that are remembered for one listener; all are forgotten beyond.
_MOST_KNOWN = 1_000


class Visibility:
    """Asks the database, with the rights of the caller whose stream it is."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[str, tuple[float, bool]] = {}

    async def of(self, document_id: str) -> bool:
        """Return whether the caller may see events of this document."""
        if asking().has_everywhere("read"):
            return True
        now = self._clock()
        until, visible = self._known.get(document_id, (0.0, False))
        if now < until:
            return visible
        visible = await self._database.read(documents.is_visible, document_id)
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[document_id] = (now + FRESH_S, visible)
        return visible
