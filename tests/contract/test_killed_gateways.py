"""A listener whose gateway is killed, again and again, sees every change of state once, in order.

Two gateways share a database; the one that is listened to is killed in the middle of what it sends,
and the listener goes to the other one, over server-sent events and WebSockets in turn. `make chaos`
kills 200 of them (QUIRE_TEST_MOMENTS, QUIRE_TEST_SEED).
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from websockets.exceptions import WebSocketException

from shared.database.base import Database
from shared.database.schema import EventRow
from shared.domain.events import DocumentProgressed
from shared.http.server import HttpServer, listen
from shared.ledger import lifecycle
from shared.repositories import events
from tests.support import ledger as kit
from tests.support.gateway import Gateway, gateway
from tests.support.http_client import API
from tests.support.wait import until
from tests.support.websocket import socket

MOMENTS = int(os.environ.get("QUIRE_TEST_MOMENTS", "5"))
SEED = int(os.environ.get("QUIRE_TEST_SEED", "7"))
# Frames that a listener reads at most before its gateway is killed.
_MOST_FRAMES = 12
_LOST = (httpx.HTTPError, WebSocketException, OSError, EOFError)


class Killable:
    """A gateway on a socket that can be killed: its connections break where they are."""

    def __init__(self, folder: Path, database: Database) -> None:
        self._folder = folder
        self._database = database
        self._stack = AsyncExitStack()

    async def start(self) -> None:
        made: Gateway = await self._stack.enter_async_context(
            gateway(self._folder, shared=self._database)
        )
        made.deps.feed._poll_s = 0.01
        listener = self._stack.enter_context(listen("127.0.0.1", 0))
        self._server = HttpServer(made.app, websockets=True)
        self._running = asyncio.create_task(self._server.serve(sockets=[listener]))
        host, port = listener.getsockname()
        self.url = f"http://{host}:{port}"

    async def kill(self) -> None:
        self._server.force_exit = self._server.should_exit = True
        for connection in tuple(self._server.server_state.connections):
            connection.transport.abort()
        await self._running
        await self._stack.aclose()


async def follow_sse(url: str, after: str) -> AsyncIterator[dict[str, Any]]:
    headers = {"Last-Event-ID": after}
    async with (
        httpx.AsyncClient(base_url=url, timeout=20) as http,
        http.stream("GET", f"{API}/events", headers=headers) as response,
    ):
        async for line in response.aiter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


async def follow_websocket(url: str, after: str) -> AsyncIterator[dict[str, Any]]:
    async with socket(url) as client:
        await client.send("subscribe", topics=["all"], after=after)
        while True:
            yield await client.next()


async def change(database: Database) -> None:
    """Take documents through their states, with much progress between, until cancelled."""

    def progress(session: Session, document_id: str) -> None:
        told = (
            DocumentProgressed(document_id=document_id, progress=each, current_step="reading")
            for each in range(5)
        )
        events.record(session, list(told))

    while True:
        document_id, _ = await kit.upload(database)
        await database.transact(progress, document_id)
        await database.transact(lifecycle.cancel, document_id)
        await database.transact(lifecycle.reprocess, document_id, "again")
        await database.transact(progress, document_id)
        await database.transact(lifecycle.request_deletion, document_id)


def changes_of_state(session: Session) -> list[tuple[int, str, str]]:
    rows = session.execute(
        select(EventRow.seq, EventRow.name, EventRow.document_id)
        .where(EventRow.name.like("document.%"), EventRow.name != DocumentProgressed.name)
        .order_by(EventRow.seq)
    )
    return [(row.seq, row.name, row.document_id) for row in rows]


def number(told: dict[str, Any]) -> int:
    return int(told["id"].rpartition("-")[2])


@pytest.mark.timeout(3_000)
async def test_a_listener_of_killed_gateways_sees_every_change_of_state_once_and_in_order(
    database: Database, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    both = [Killable(tmp_path, database) for _ in range(2)]
    for each in both:
        await each.start()
    doors = itertools.cycle((follow_websocket, follow_sse))
    place = str(await database.read(events.position))
    seen: list[dict[str, Any]] = []

    async def listen_until(reached: Callable[[], bool]) -> None:
        """Follow the first gateway until `reached` holds for what was seen, or it breaks off."""
        nonlocal place
        with contextlib.suppress(*_LOST):
            async for told in next(doors)(both[0].url, place):
                place = told["id"]
                assert told["type"] != "resync"
                if told["type"] == "processing_update":
                    seen.append(told)
                if reached():
                    return

    def is_reached(count: int, listening: asyncio.Task[None]) -> bool:
        return len(seen) >= count or listening.done()

    writing = asyncio.create_task(change(database))
    for _ in range(MOMENTS):
        count = len(seen) + chance.randint(0, _MOST_FRAMES)
        # It goes on reading what is on its way when the gateway dies.
        listening = asyncio.create_task(listen_until(lambda: False))
        await until(partial(is_reached, count, listening))
        await both[0].kill()
        await listening
        both.append(Killable(tmp_path, database))
        await both[-1].start()
        del both[0]
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    expected = await database.read(changes_of_state)
    last = expected[-1][0]
    async with asyncio.timeout(60):
        await listen_until(lambda: any(number(told) == last for told in seen[-20:]))
    for each in both:
        await each.kill()
    told = [
        (number(each), each["event"], each["document_id"])
        for each in seen
        if each["event"] != DocumentProgressed.name
    ]
    assert told == expected
    assert len(expected) > MOMENTS
    numbers = [number(each) for each in seen]
    assert numbers == sorted(set(numbers))
