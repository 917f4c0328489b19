"""Checks and repairs the running system for its operators."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from shared.blobs.base import Blobs
from shared.bus.base import Bus
from shared.database.base import Database
from shared.maintenance.rebuild import rebuild
from shared.maintenance.verify import IntegrityCheck, Problems, no_problems
from shared.vectors import open_index
from shared.vectors.base import VectorIndex

# Name and dimension of the encoder of questions.
EncoderIdentity = tuple[str, int]
BorrowIndex = Callable[[EncoderIdentity | None], AbstractAsyncContextManager[VectorIndex]]


@dataclass(frozen=True)
class SystemOperations:
    """Implements `Operations` on opened adapters.

    `index` opens the index for one operation. Given an encoder, it opens the index of that encoder
    and drops the vectors of others. `read_models` returns the faults of the read models.
    """

    database: Database
    blobs: Blobs
    bus: Bus
    index: BorrowIndex
    encoder: Callable[[], Awaitable[EncoderIdentity]]
    read_models: Problems = no_problems

    async def verify(self, repair: bool) -> dict[str, Any]:
        async with self.index(None) as vectors:
            check = IntegrityCheck(self.database, vectors, self.blobs, self.bus, self.read_models)
            return await check.verify(repair=repair)

    async def rebuild_index(self) -> dict[str, Any]:
        encoder = await self.encoder()
        async with self.index(encoder) as vectors:
            return await rebuild(self.database, vectors, self.bus, encoder=encoder[0])


def index_at(url: str) -> BorrowIndex:
    """Return a function that opens the index on the server at `url` for one operation."""

    @asynccontextmanager
    async def borrow(encoder: EncoderIdentity | None) -> AsyncIterator[VectorIndex]:
        name, dimension = encoder or (None, None)
        vectors = await asyncio.to_thread(
            open_index,
            url,
            dimension=dimension,
            encoder=name,
            discard_foreign=encoder is not None,
        )
        try:
            yield vectors
        finally:
            await vectors.close()

    return borrow
