"""The index of another process, searched once it holds this encoder's vectors.

After the encoder was changed the index is still the old one's. Questions are refused with the
reason, but the service is there: whoever makes the index anew asks it for which encoder.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from shared.errors import SettingsError, Unavailable
from shared.vectors import Hit, Vector, Vectors

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 2.0


class LateIndex:
    """Opens the index with `open_` when it is first needed, and tries again while it is refused."""

    def __init__(self, open_: Callable[[], Vectors]) -> None:
        self._open = open_
        self._index: Vectors | None = None
        self._opening = asyncio.Lock()
        self._refused = ""
        self._tried = float("-inf")

    async def search(self, vector: Vector, *, types: Sequence[str], k: int) -> list[Hit]:
        """As the index does. Unavailable: it is away, or another encoder's."""
        index = self._index or await self.opened()
        return await index.search(vector, types=types, k=k)

    async def opened(self) -> Vectors:
        """The index. Unavailable: it is away, or another encoder's; looked at every 2 s at most."""
        async with self._opening:
            if self._index is not None:
                return self._index
            if self._refused and time.monotonic() - self._tried < LOOK_AGAIN_S:
                raise Unavailable(self._refused)
            self._tried = time.monotonic()
            try:
                self._index = await asyncio.to_thread(self._open)
            except SettingsError as error:
                if not self._refused:
                    log.error("the index can't be searched", extra={"reason": str(error)})
                self._refused = str(error)
                raise Unavailable(self._refused) from error
            return self._index

    async def close(self) -> None:
        if self._index is not None:
            await self._index.close()
