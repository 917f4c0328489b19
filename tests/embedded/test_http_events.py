"""Events over HTTP: a snapshot first, then every event, and no gap after a reconnect."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.gateway.routes import events as route
from tests.support.gateway import PDF, Gateway, gateway, served
from tests.support.http_client import API
from tests.support.wait import until

EVENTS = f"{API}/events"


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with gateway(tmp_path) as started:
        yield started


class Stream:
    """A listener that returns messages one by one, without comments."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()

    async def line(self) -> str:
        async with asyncio.timeout(10):
            return await anext(self._lines)

    async def rest(self) -> list[str]:
        return [line async for line in self._lines]

    async def next(self) -> dict[str, Any]:
        message: dict[str, str] = {}
        while True:
            line = await self.line()
            if line and not line.startswith(":"):
                key, _, value = line.partition(": ")
                message[key] = value
            elif not line and message:
                body: dict[str, Any] = json.loads(message["data"])
                assert (message["id"], message["event"]) == (str(body["seq"]), body["event"])
                return body


@asynccontextmanager
async def listening(url: str, after: int | None = None, **query: str) -> AsyncIterator[Stream]:
    headers = {"Last-Event-ID": str(after)} if after is not None else {}
    async with (
        httpx.AsyncClient(base_url=url) as http,
        http.stream("GET", EVENTS, params=query, headers=headers) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Stream(response)


async def uploaded(gate: Gateway, number: int) -> str:
    return str((await gate.upload(PDF + b"%d" % number)).json()["document_id"])


async def test_a_listener_receives_events(gate: Gateway) -> None:
    async with served(gate) as url, listening(url) as stream:
        await stream.line()
        document_id = await uploaded(gate, 1)
        heard = await stream.next()
    assert heard["event"] == "document.uploaded.v1"
    assert heard["data"]["document_id"] == document_id


async def test_a_listener_to_one_document_first_receives_its_status(gate: Gateway) -> None:
    first, _ = await uploaded(gate, 1), await uploaded(gate, 2)
    async with served(gate) as url, listening(url, document_id=first) as stream:
        snapshot = await stream.next()
        await uploaded(gate, 3)
        await gate.http.post(f"{API}/documents/{first}/cancel")
        heard = await stream.next()
    assert (snapshot["event"], snapshot["data"]["status"]) == ("snapshot", "pending")
    assert heard["event"] == "document.cancelled.v1"
    assert heard["seq"] > snapshot["seq"]


async def test_a_reconnected_listener_continues_after_its_last_event(gate: Gateway) -> None:
    seen = gate.deps.feed.last_seq
    made = [await uploaded(gate, number) for number in range(3)]
    async with served(gate) as url, listening(url, after=seen + 1) as stream:
        heard = [await stream.next(), await stream.next()]
        made.append(await uploaded(gate, 3))
        heard.append(await stream.next())
    assert [one["data"]["document_id"] for one in heard] == made[1:]


@pytest.mark.parametrize("after", [0, 99_999_999_999_999_999])
async def test_a_listener_that_missed_too_many_events_is_told_to_read_the_status(
    gate: Gateway, after: int
) -> None:
    document_id = await uploaded(gate, 1)
    async with served(gate) as url, listening(url, after=after, document_id=document_id) as stream:
        assert [(await stream.next())["event"], (await stream.next())["event"]] == [
            "reset",
            "snapshot",
        ]


async def test_heartbeats_are_sent_while_there_are_no_events(
    gate: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "HEARTBEAT_S", 0.01)
    async with served(gate) as url, listening(url) as stream:
        assert [await stream.line() for _ in range(4)] == [": still here", "", ": still here", ""]


async def test_event_streams_end_when_the_server_stops(gate: Gateway) -> None:
    async with AsyncExitStack() as server:
        url = await server.enter_async_context(served(gate))
        async with listening(url) as stream:
            await stream.line()
            async with asyncio.timeout(5):
                await server.aclose()
            assert not any(await stream.rest())


async def test_a_listener_that_disconnects_is_removed(
    gate: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "HEARTBEAT_S", 0.01)
    async with served(gate) as url:
        async with listening(url) as stream:
            await stream.line()
            assert gate.deps.feed.listening == 1
        await until(lambda: not gate.deps.feed.listening)
