"""An index on a server, opened as soon as it holds this encoder's vectors.

After a change of the encoder the index still has vectors of the old one. The service then runs and
refuses questions with the reason, because `rebuild-index` asks it for the new encoder.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from shared.domain.errors import QuireError, SettingsError, Unavailable
from shared.vectors.base import Hit, Vector, VectorIndex

log = logging.getLogger(__name__)

# Seconds between attempts to open the index.
RETRY_AFTER_S = 2.0


class LazyIndex:
    """Opens the index with `open_` at first use, and tries again every 2 s until it succeeds."""

    def __init__(self, open_: Callable[[], VectorIndex]) -> None:
        self._open = open_
        self._index: VectorIndex | None = None
        self._opening = asyncio.Lock()
        self._reason: QuireError | None = None
        self._tried = float("-inf")

    async def search(self, vector: Vector, *, types: Sequence[str], k: int) -> list[Hit]:
        """Search the index. Unavailable: it can't be reached, or another encoder made it."""
        index = self._index or await self.get()
        return await index.search(vector, types=types, k=k)

    async def get(self) -> VectorIndex:
        """Return the index. Unavailable: it can't be reached, or another encoder made it."""
        async with self._opening:
            if self._index is not None:
                return self._index
            # Only one waiter retries per interval: a failed attempt can take seconds.
            if self._reason is None or time.monotonic() - self._tried >= RETRY_AFTER_S:
                await self._try()
            if self._index is None:
                raise Unavailable(str(self._reason)) from self._reason
            return self._index

    async def is_ready(self) -> bool:
        """Return whether the index responds, even if another encoder made it."""
        try:
            await (await self.get()).count()
        except QuireError:
            return self._index is None and isinstance(self._reason, SettingsError)
        return True

    async def close(self) -> None:
        if self._index is not None:
            await self._index.close()

    async def _try(self) -> None:
        try:
            self._index = await asyncio.to_thread(self._open)
        except (SettingsError, Unavailable) as error:
            if type(error) is not type(self._reason):
                log.warning("the index can't be searched", extra={"reason": str(error)})
            self._reason = error
        self._tried = time.monotonic()
