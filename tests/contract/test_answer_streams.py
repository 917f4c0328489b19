"""Streams of answers keep their promise in memory and in Redis, and without Redis."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable

import pytest
from redis.asyncio import Redis

from services.query.streams import open_streams
from services.query.streams.base import KEPT_S, AnswerStreams
from services.query.streams.memory import MemoryStreams
from services.query.streams.redis import RedisStreams
from shared.settings import Settings

# A client of the process that makes the answers, and of another process.
Pair = tuple[AnswerStreams, AnswerStreams]


@pytest.fixture(params=["memory", "redis", "redis, another process", "redis away"])
async def pair(request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    if request.param == "memory":
        own: AnswerStreams = MemoryStreams()
        other = own
    elif request.param == "redis away":
        own = RedisStreams.at("redis://127.0.0.1:9/0")
        other = own
    else:
        url = request.getfixturevalue("redis_url")
        own = RedisStreams.at(url)
        other = own if request.param == "redis" else RedisStreams.at(url)
    yield own, other
    await own.close()
    if other is not own:
        await other.close()


@pytest.fixture
def query_id() -> str:
    return str(uuid.uuid4())


async def frames(streams: AnswerStreams, query_id: str, offset: int = 0) -> list[tuple[int, bytes]]:
    read = streams.read(query_id, offset, idle_s=0.2)
    return [each async for each in read if each[1]]


async def test_frames_are_read_from_any_offset_until_the_end(pair: Pair, query_id: str) -> None:
    own, other = pair
    await own.open(query_id, "anna")
    for frame in (b"one", b"two", b"three"):
        await own.append(query_id, frame)
    await own.end(query_id)
    assert await frames(other, query_id) == [(1, b"one"), (2, b"two"), (3, b"three")]
    assert await frames(other, query_id, 2) == [(3, b"three")]
    assert await frames(other, query_id, 3) == []


async def test_a_reader_gets_what_is_added_later_and_empty_frames_between(
    pair: Pair, query_id: str
) -> None:
    own, other = pair
    await own.open(query_id, "")
    await own.append(query_id, b"one")
    read = other.read(query_id, 0, idle_s=0.1)
    assert await anext(read) == (1, b"one")
    assert await anext(read) == (1, b"")
    following = asyncio.ensure_future(_next_frame(read.__anext__))
    await own.append(query_id, b"two")
    assert await following == (2, b"two")
    await own.end(query_id)
    with pytest.raises(StopAsyncIteration):
        await _next_frame(read.__anext__)


async def _next_frame(following: Callable[[], object]) -> tuple[int, bytes]:
    while True:
        found: tuple[int, bytes] = await following()  # type: ignore[misc]
        if found[1]:
            return found


async def test_an_answer_is_known_to_its_owner_alone(pair: Pair, query_id: str) -> None:
    own, other = pair
    await own.open(query_id, "anna")
    assert await other.has(query_id, "anna")
    assert not await other.has(query_id, "ben")
    assert not await other.has("unknown", "")
    assert not await other.stop(query_id, "ben")
    assert not await other.stop("unknown", "")


async def test_a_stop_reaches_the_process_that_makes_the_answer(pair: Pair, query_id: str) -> None:
    own, other = pair
    await own.open(query_id, "anna")
    waiting = asyncio.create_task(own.wait_for_stop(query_id))
    await asyncio.sleep(0)
    assert not waiting.done()
    assert await other.stop(query_id, "anna")
    async with asyncio.timeout(30):
        await waiting


async def test_old_answers_are_forgotten() -> None:
    now = [0.0]
    streams = MemoryStreams(clock=lambda: now[0])
    for query_id in ("ended", "running"):
        await streams.open(query_id, "")
    await streams.end("ended")
    now[0] = KEPT_S + 1.0
    await streams.open("new", "")
    assert [await streams.has(each, "") for each in ("ended", "running", "new")] == [
        False,
        True,
        True,
    ]


async def test_redis_forgets_an_answer_too(redis_url: str, query_id: str) -> None:
    streams = RedisStreams.at(redis_url)
    await streams.open(query_id, "anna")
    await streams.append(query_id, b"one")
    client = Redis.from_url(redis_url)
    keys = [key async for key in client.scan_iter(match=f"quire:answer:{query_id}*")]
    assert len(keys) == 2
    kept = [await client.ttl(key) for key in keys]
    assert all(0 < each <= KEPT_S for each in kept)
    await client.aclose()
    await streams.close()


def test_the_settings_choose_where_streams_are_kept() -> None:
    assert isinstance(open_streams(Settings(_env_file=None)), MemoryStreams)
    url = "redis://127.0.0.1:9/0"
    assert isinstance(open_streams(Settings(_env_file=None, redis_url=url)), RedisStreams)
