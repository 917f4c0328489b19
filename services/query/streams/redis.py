"""Streams in Redis, so that a client can attach to any process of the query service.

Frames are entries of a Redis stream, whose ids are their offsets; a hash has the owner, and whether
someone asked to stop. The process that makes an answer reads its own memory, so that an answer goes
on if Redis fails: then only clients of other processes lose it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.query.streams.base import KEPT_S
from services.query.streams.memory import MemoryStreams

log = logging.getLogger(__name__)

_FRAME, _END = b"f", b"e"
# Seconds between looks whether somebody asked to stop.
_STOP_EVERY_S = 0.5
_READ_AT_ONCE = 500


class RedisStreams:
    """Implements `AnswerStreams` for several processes."""

    def __init__(self, client: Redis) -> None:
        self._redis = client
        self._own = MemoryStreams()

    @classmethod
    def at(cls, url: str) -> RedisStreams:
        return cls(Redis.from_url(url, socket_connect_timeout=3, socket_timeout=30))

    async def open(self, query_id: str, owner: str) -> None:
        await self._own.open(query_id, owner)
        await self._try(self._opened(query_id, owner))

    async def append(self, query_id: str, frame: bytes) -> None:
        await self._own.append(query_id, frame)
        await self._try(self._added(query_id, _FRAME, frame))

    async def end(self, query_id: str) -> None:
        await self._own.end(query_id)
        await self._try(self._added(query_id, _END, b""))

    async def has(self, query_id: str, owner: str) -> bool:
        if await self._own.has(query_id, owner):
            return True
        stored = await self._try(self._owner(query_id))
        return stored is not None and stored == owner.encode()

    async def read(
        self, query_id: str, offset: int, *, idle_s: float
    ) -> AsyncGenerator[tuple[int, bytes]]:
        if self._own.knows(query_id):
            async for each in self._own.read(query_id, offset, idle_s=idle_s):
                yield each
            return
        while True:
            found = await self._try(self._next(query_id, offset, idle_s))
            if not found:
                # Nothing came: the stream may have been forgotten, with the process that made it.
                if await self._try(self._owner(query_id)) is None:
                    return
                yield offset, b""
                continue
            for fields in found:
                if _END in fields:
                    return
                offset += 1
                yield offset, fields[_FRAME]

    async def stop(self, query_id: str, owner: str) -> bool:
        if await self._own.stop(query_id, owner):
            return True
        if not await self.has(query_id, owner):
            return False
        await self._try(self._asked_to_stop(query_id))
        return True

    async def wait_for_stop(self, query_id: str) -> None:
        own = asyncio.create_task(self._own.wait_for_stop(query_id))
        try:
            while not own.done():
                await asyncio.wait({own}, timeout=_STOP_EVERY_S)
                if not own.done() and await self._try(self._is_stopped(query_id)):
                    return
        finally:
            own.cancel()

    async def close(self) -> None:
        await self._own.close()
        await self._redis.aclose()

    async def _try(self, call: Awaitable[Any]) -> Any:
        try:
            return await call
        except (RedisError, OSError):
            log.warning("Redis can't be reached: clients of other processes lose their answers")
            return None

    async def _opened(self, query_id: str, owner: str) -> None:
        async with self._redis.pipeline() as pipe:
            pipe.hset(_about(query_id), "owner", owner)
            pipe.expire(_about(query_id), KEPT_S)
            await pipe.execute()

    async def _added(self, query_id: str, name: bytes, value: bytes) -> None:
        async with self._redis.pipeline() as pipe:
            pipe.xadd(_frames(query_id), {name: value}, id=b"0-*")
            pipe.expire(_frames(query_id), KEPT_S)
            pipe.expire(_about(query_id), KEPT_S)
            await pipe.execute()

    async def _owner(self, query_id: str) -> bytes | None:
        return cast("bytes | None", await self._redis.hget(_about(query_id), "owner"))

    async def _asked_to_stop(self, query_id: str) -> None:
        await self._redis.hset(_about(query_id), "stop", "1")

    async def _is_stopped(self, query_id: str) -> bool:
        return bool(await self._redis.hexists(_about(query_id), "stop"))

    async def _next(self, query_id: str, offset: int, idle_s: float) -> list[dict[bytes, bytes]]:
        found = await self._redis.xread(
            {_frames(query_id): f"0-{offset}"}, count=_READ_AT_ONCE, block=int(idle_s * 1000)
        )
        # As RESP2 answers: a list of (name, [(id, fields), …]).
        streams = cast("list[tuple[bytes, list[tuple[bytes, dict[bytes, bytes]]]]]", found or [])
        return [fields for _, entries in streams for _, fields in entries]


def _frames(query_id: str) -> str:
    return f"quire:answer:{query_id}:frames"


def _about(query_id: str) -> str:
    return f"quire:answer:{query_id}"
