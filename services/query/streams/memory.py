"""Streams in the memory of the process that makes the answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

from services.query.streams.base import KEPT_S

# Finished answers that are kept: 2,000 of 50 kB are 100 MB.
_MOST_KEPT = 2_000


@dataclass
class _Stream:
    owner: str
    frames: list[bytes] = field(default_factory=list)
    ended_at: float | None = None
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    # Replaced at each change, so that all who wait are woken.
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


class MemoryStreams:
    """Implements `AnswerStreams` for one process."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._streams: dict[str, _Stream] = {}

    async def open(self, query_id: str, owner: str) -> None:
        self._forget_old()
        self._streams[query_id] = _Stream(owner)

    async def append(self, query_id: str, frame: bytes) -> None:
        stream = self._streams[query_id]
        stream.frames.append(frame)
        stream.wake()

    async def end(self, query_id: str) -> None:
        stream = self._streams[query_id]
        stream.ended_at = self._clock()
        stream.wake()

    async def has(self, query_id: str, owner: str) -> bool:
        stream = self._streams.get(query_id)
        return stream is not None and stream.owner == owner

    def knows(self, query_id: str) -> bool:
        """Return whether this process has the frames of an answer."""
        return query_id in self._streams

    async def read(
        self, query_id: str, offset: int, *, idle_s: float
    ) -> AsyncGenerator[tuple[int, bytes]]:
        stream = self._streams[query_id]
        while True:
            changed = stream.changed
            for frame in stream.frames[offset:]:
                offset += 1
                yield offset, frame
            if stream.ended_at is not None and offset >= len(stream.frames):
                return
            if changed is not stream.changed:
                continue
            try:
                async with asyncio.timeout(idle_s):
                    await changed.wait()
            except TimeoutError:
                yield offset, b""

    async def stop(self, query_id: str, owner: str) -> bool:
        if not await self.has(query_id, owner):
            return False
        self._streams[query_id].stopped.set()
        return True

    async def wait_for_stop(self, query_id: str) -> None:
        await self._streams[query_id].stopped.wait()

    async def close(self) -> None:
        self._streams.clear()

    def _forget_old(self) -> None:
        ended = [
            (stream.ended_at, query_id)
            for query_id, stream in self._streams.items()
            if stream.ended_at is not None
        ]
        ended.sort()
        limit = self._clock() - KEPT_S
        for at, (ended_at, query_id) in enumerate(ended):
            if ended_at < limit or at < len(ended) - _MOST_KEPT:
                del self._streams[query_id]
