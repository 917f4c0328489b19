"""What operators may ask of the running system, where its parts are reached over the network."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from shared.blobs.base import Blobs
from shared.bus.base import Bus
from shared.database.base import Database
from shared.maintenance.rebuild import rebuild
from shared.maintenance.verify import IntegrityCheck
from shared.vectors import open_index


@dataclass(frozen=True)
class RemoteOperations:
    """Opens the index for as long as an operation takes: a gateway needs it for nothing else.

    `encoder` tells name and dimension of the encoder that questions are asked with.
    """

    database: Database
    blobs: Blobs
    bus: Bus
    vectors_url: str
    encoder: Callable[[], Awaitable[tuple[str, int]]]

    async def verify(self, repair: bool) -> dict[str, Any]:
        vectors = await asyncio.to_thread(open_index, self.vectors_url)
        try:
            doctor = IntegrityCheck(self.database, vectors, self.blobs, self.bus)
            return await doctor.verify(repair=repair)
        finally:
            await vectors.close()

    async def rebuild_index(self) -> dict[str, Any]:
        name, dimension = await self.encoder()
        vectors = await asyncio.to_thread(
            open_index, self.vectors_url, dimension=dimension, encoder=name, discard_foreign=True
        )
        try:
            return await rebuild(self.database, vectors, self.bus, encoder=name)
        finally:
            await vectors.close()
