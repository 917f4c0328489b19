"""Events over HTTP: every change once, at any gateway, and no gap after a reconnect."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.gateway.events import stream as streams
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

    async def rest(self) -> str:
        return "\n".join([line async for line in self._lines])

    async def next(self) -> dict[str, Any]:
        message: dict[str, str] = {}
        while True:
            line = await self.line()
            if line and not line.startswith(":"):
                key, _, value = line.partition(": ")
                message[key] = value
            elif not line and "data" in message:
                body: dict[str, Any] = json.loads(message["data"])
                assert (message["id"], message["event"]) == (body["id"], body["type"])
                return body


@asynccontextmanager
async def listening(url: str, after: str | None = None, **query: str) -> AsyncIterator[Stream]:
    headers = {"Last-Event-ID": after} if after is not None else {}
    async with (
        httpx.AsyncClient(base_url=url) as http,
        http.stream("GET", EVENTS, params=query, headers=headers) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Stream(response)


async def uploaded(gate: Gateway, number: int) -> str:
    return str((await gate.upload(PDF + b"%d" % number)).json()["document_id"])


async def place(gate: Gateway) -> str:
    return str((await gate.http.get(f"{API}/documents")).json()["as_of"])


async def test_a_listener_receives_events(gate: Gateway) -> None:
    async with served(gate) as url, listening(url) as stream:
        assert (await stream.next())["type"] == "subscribed"
        document_id = await uploaded(gate, 1)
        heard = await stream.next()
    assert (heard["type"], heard["event"]) == ("processing_update", "document.uploaded.v1")
    assert (heard["document_id"], heard["status"]) == (document_id, "pending")


async def test_a_listener_to_one_document_receives_only_its_events(gate: Gateway) -> None:
    first, _ = await uploaded(gate, 1), await uploaded(gate, 2)
    async with served(gate) as url, listening(url, document_id=first) as stream:
        begun = await stream.next()
        await uploaded(gate, 3)
        await gate.http.post(f"{API}/documents/{first}/cancel")
        heard = await stream.next()
    assert (begun["type"], begun["topics"]) == ("subscribed", [f"document:{first}"])
    assert (heard["document_id"], heard["status"]) == (first, "cancelled")


async def test_a_listener_to_a_collection_receives_the_events_of_its_documents(
    gate: Gateway,
) -> None:
    async with served(gate) as url, listening(url, collection="manuals") as stream:
        await stream.next()
        await uploaded(gate, 1)
        own = (await gate.upload(PDF, collection="manuals")).json()["document_id"]
        heard = await stream.next()
    assert (heard["document_id"], heard["collection"]) == (own, "manuals")


async def test_the_state_says_which_event_it_includes(gate: Gateway) -> None:
    document_id = await uploaded(gate, 1)
    seen = await place(gate)
    status = (await gate.http.get(f"{API}/processing/status/{document_id}")).json()
    assert status["as_of"] == seen
    await gate.http.post(f"{API}/documents/{document_id}/cancel")
    async with served(gate) as url, listening(url, after=seen) as stream:
        assert (await stream.next())["status"] == "cancelled"
        assert (await stream.next())["type"] == "subscribed"


async def test_a_reconnected_listener_continues_after_its_last_event(gate: Gateway) -> None:
    made = [await uploaded(gate, 0)]
    seen = await place(gate)
    made += [await uploaded(gate, number) for number in (1, 2)]
    async with served(gate) as url, listening(url, after=seen) as stream:
        heard = [await stream.next(), await stream.next()]
        begun = await stream.next()
        made.append(await uploaded(gate, 3))
        heard.append(await stream.next())
    assert [one["document_id"] for one in heard] == made[1:]
    assert begun["id"] == heard[1]["id"]


@pytest.mark.parametrize("after", ["0", "99999999999999999", "another-history-7"])
async def test_a_listener_that_missed_too_many_events_is_told_to_read_the_state(
    gate: Gateway, after: str
) -> None:
    document_id = await uploaded(gate, 1)
    async with served(gate) as url, listening(url, after=after, document_id=document_id) as stream:
        told, begun = await stream.next(), await stream.next()
    assert (told["type"], begun["type"]) == ("resync", "subscribed")
    assert told["id"] == begun["id"] == await place(gate)


async def test_heartbeats_tell_the_place_while_there_are_no_events(
    gate: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.01)
    seen = await place(gate)
    async with served(gate) as url, listening(url) as stream:
        await stream.next()
        beat = [": still here", f"id: {seen}", ""]
        assert [await stream.line() for _ in range(6)] == beat * 2


async def test_event_streams_say_bye_when_the_server_stops(gate: Gateway) -> None:
    async with AsyncExitStack() as server:
        url = await server.enter_async_context(served(gate))
        async with listening(url) as stream:
            await stream.next()
            async with asyncio.timeout(5):
                await server.aclose()
            rest = await stream.rest()
    assert "event: bye" in rest
    assert "\nretry: " in rest


async def test_a_listener_that_disconnects_is_removed(
    gate: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.01)
    async with served(gate) as url:
        async with listening(url) as stream:
            await stream.line()
            assert gate.deps.feed.listening == 1
        await until(lambda: not gate.deps.feed.listening)


async def test_too_many_listeners_of_one_caller_are_refused(tmp_path: Path) -> None:
    async with gateway(tmp_path, listeners_per_caller=1) as gate, served(gate) as url:
        async with listening(url) as stream, httpx.AsyncClient(base_url=url) as http:
            await stream.next()
            refused = await http.get(EVENTS)
            assert (refused.status_code, refused.json()["code"]) == (429, "too_many_listeners")
            # HEAD opens none, and leaves none behind.
            assert gate.deps.feed.listening == 1
        await until(lambda: not gate.deps.feed.listening)
        assert (await gate.http.head(EVENTS)).status_code == 200
        assert gate.deps.feed.listening == 0


async def test_broadcast_to_many_clients(gate: Gateway) -> None:
    """Every one of fifty listeners gets every change, in one order."""
    unlimited = httpx.Limits(max_connections=None)
    async with (
        served(gate) as url,
        httpx.AsyncClient(base_url=url, limits=unlimited) as http,
        AsyncExitStack() as clients,
    ):
        streams = []
        for _ in range(50):
            response = await clients.enter_async_context(http.stream("GET", EVENTS))
            streams.append(Stream(response))
            await streams[-1].next()
        made = [await uploaded(gate, number) for number in range(3)]

        async def heard(stream: Stream) -> list[str]:
            return [(await stream.next())["document_id"] for _ in made]

        assert await asyncio.gather(*map(heard, streams)) == [made] * len(streams)
