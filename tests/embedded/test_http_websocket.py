"""WebSockets: the same changes as over HTTP, commands, and the limits of a connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from services.gateway.events import first_message
from services.gateway.events import stream as streams
from shared.domain.events import DocumentChanged
from shared.http import auth, keyring
from shared.repositories import events
from tests.support.callers import digest
from tests.support.gateway import PDF, Gateway, gateway, served
from tests.support.http_client import API
from tests.support.wait import until
from tests.support.websocket import Socket, socket

ROOT = "root-key"


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with gateway(tmp_path) as started:
        yield started


@pytest.fixture
async def url(gate: Gateway) -> AsyncIterator[str]:
    async with served(gate) as address:
        yield address


async def uploaded(gate: Gateway, number: int = 1, **fields: str) -> str:
    return str((await gate.upload(PDF + b"%d" % number, **fields)).json()["document_id"])


async def followed(client: Socket, *topics: str, **fields: Any) -> list[dict[str, Any]]:
    await client.send("subscribe", topics=list(topics), **fields)
    return await client.until("subscribed")


@pytest.mark.parametrize("path", ["/api/v1/ws", "/ws"])
async def test_websocket_connection_handler(gate: Gateway, url: str, path: str) -> None:
    """A client connects, follows, asks for a state, follows no longer, and leaves."""
    async with socket(url, path=path) as client:
        assert await client.ask("ping", ref="1") == {"type": "pong", "ref": "1"}
        (begun,) = await followed(client, "all", ref="2")
        assert (begun["topics"], begun["ref"]) == (["all"], "2")
        document_id = await uploaded(gate)
        told = await client.next()
        assert (told["type"], told["document_id"]) == ("processing_update", document_id)
        state = await client.ask("status", document_id=document_id)
        assert (state["type"], state["status"]) == ("status", "pending")
        assert state["as_of"] == told["id"]
        assert (await client.ask("unsubscribe", topics=["all"]))["type"] == "unsubscribed"
        await uploaded(gate, 2)
        assert (await client.ask("ping"))["type"] == "pong"
        assert gate.deps.feed.listening == 1
    await until(lambda: not gate.deps.feed.listening)


async def test_live_progress(gate: Gateway, url: str) -> None:
    """The states of a document and its progress come in order, each with its place."""
    async with socket(url) as client:
        document_id = await uploaded(gate)
        await followed(client, f"document:{document_id}")
        await uploaded(gate, 2)
        await gate.http.post(f"{API}/documents/{document_id}/cancel")
        await gate.http.post(f"{API}/documents/{document_id}/reprocess")
        await gate.http.delete(f"{API}/documents/{document_id}")
        told = [await client.next() for _ in range(3)]
    assert [each["status"] for each in told] == ["cancelled", "pending", "deleting"]
    assert {each["document_id"] for each in told} == {document_id}
    numbers = [int(each["id"].rpartition("-")[2]) for each in told]
    assert numbers == sorted(numbers)


async def test_connection_management(tmp_path: Path) -> None:
    """Connections are counted and bounded, come back without a gap, and are told of the stop."""
    async with gateway(tmp_path, listeners_per_caller=2) as gate, AsyncExitStack() as server:
        url = await server.enter_async_context(served(gate))
        async with socket(url), socket(url) as second:
            with pytest.raises(InvalidStatus) as refused:
                async with socket(url):
                    pass
            assert refused.value.response.status_code == 429
            assert b"too_many_listeners" in refused.value.response.body
            await followed(second, "all")
            seen = second.id
        await until(lambda: not gate.deps.feed.listening)
        missed = await uploaded(gate)
        async with socket(url) as back:
            told = await followed(back, "all", after=seen)
            assert [each.get("document_id") for each in told] == [missed, None]
            async with asyncio.timeout(10):
                await server.aclose()
            bye = await back.next()
            assert (bye["type"], bye["reason"], bye["id"]) == ("bye", "stopping", told[0]["id"])
            assert bye["retry_ms"] > 0
            assert await back.closed() == 1012
        assert not gate.deps.feed.listening


async def test_broadcast_to_many_clients(gate: Gateway, url: str) -> None:
    """Every one of fifty clients gets every change of what it follows, and nothing else."""
    own = await uploaded(gate, 0)
    async with AsyncExitStack() as clients:
        everything = [await clients.enter_async_context(socket(url)) for _ in range(25)]
        one = [await clients.enter_async_context(socket(url)) for _ in range(25)]
        for client in everything:
            await followed(client, "all")
        for client in one:
            await followed(client, f"document:{own}")
        made = [await uploaded(gate, number) for number in (1, 2)]
        await gate.http.post(f"{API}/documents/{own}/cancel")
        for client in everything:
            told = [(await client.next())["document_id"] for _ in range(3)]
            assert told == [*made, own]
        for client in one:
            assert (await client.next())["status"] == "cancelled"


async def test_a_slow_reader_is_let_go_and_comes_back_to_its_place(
    gate: Gateway, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate.deps.feed, "_max_waiting", 5)
    async with socket(url) as client:
        await followed(client, "all")
        told = [DocumentChanged(document_id=str(number)) for number in range(8)]
        await gate.deps.database.transact(events.record, told)
        frames = await client.until("bye")
        assert frames[-1]["reason"] == "too_slow"
        assert await client.closed() == 1013
        seen = client.id
    monkeypatch.setattr(gate.deps.feed, "_max_waiting", 100)
    async with socket(url) as client:
        frames += await followed(client, "all", after=seen)
    heard = [each["document_id"] for each in frames if each["type"] == "processing_update"]
    assert heard == [str(number) for number in range(8)]


async def test_heartbeats_tell_the_place(
    gate: Gateway, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.01)
    async with socket(url) as client:
        (begun,) = await followed(client, "all")
        beat = await client._connection.recv()
    assert '"heartbeat"' in str(beat)
    assert begun["id"] in str(beat)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no JSON", "invalid_json"),
        ("[]", "invalid_request"),
        ('{"type": "dance"}', "invalid_request"),
        ('{"type": "subscribe"}', "invalid_request"),
        ('{"type": "subscribe", "topics": ["documents"]}', "invalid_request"),
        ('{"type": "subscribe", "topics": ["document:7"]}', "invalid_request"),
        ('{"type": "subscribe", "topics": []}', "invalid_request"),
        ('{"type": "ping", "more": 1}', "invalid_request"),
        ('{"type": "status", "document_id": "00000000-0000-4000-8000-000000000000"}', "not_found"),
        (
            '{"type": "subscribe", "topics": ["document:00000000-0000-4000-8000-000000000000"]}',
            "not_found",
        ),
    ],
)
async def test_a_message_that_is_wrong_is_answered_and_ends_nothing(
    url: str, text: str, code: str
) -> None:
    async with socket(url) as client:
        await client.send_text(text)
        told = await client.next()
        assert (told["type"], told["code"]) == ("error", code)
        assert told["detail"]
        assert (await client.ask("ping"))["type"] == "pong"


async def test_a_message_beyond_the_limit_ends_the_connection(url: str) -> None:
    async with socket(url) as client:
        await client.send("ask", query="x" * 300_000)
        assert await client.closed() == 1009


async def test_a_connection_follows_a_bounded_number_of_topics(gate: Gateway, url: str) -> None:
    async with socket(url) as client:
        for each in ("a", "b"):
            await followed(client, *(f"collection:{each}{number}" for number in range(50)))
        refused = await client.ask("subscribe", topics=["all"], ref="r")
    assert (refused["code"], refused["ref"]) == ("too_many_topics", "r")


async def test_pages_of_other_origins_can_not_connect(url: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with socket(url, Origin="https://elsewhere.example"):
            pass
    assert refused.value.response.status_code == 403
    assert b"cross_origin" in refused.value.response.body
    async with socket(url, Origin=url) as client:
        assert (await client.ask("ping"))["type"] == "pong"


@pytest.mark.parametrize("path", ["/api/v1/documents", "/api/v1/query/stream", "/"])
async def test_nothing_else_can_be_upgraded(url: str, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with socket(url, path=path):
            pass
    assert refused.value.response.status_code == 404
    assert b"not_found" in refused.value.response.body


class Keyed:
    """A gateway that asks for keys, on a socket."""

    def __init__(self, gate: Gateway, url: str) -> None:
        self.gate, self.url = gate, url

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {ROOT}"}
        answer = await self.gate.http.post(f"{API}{path}", json=body, headers=headers)
        assert answer.is_success, answer.text
        return dict(answer.json())

    async def upload(self, collection: str, number: int) -> str:
        answer = await self.gate.http.post(
            f"{API}/documents/upload",
            files={"file": ("a.pdf", PDF + b"%d" % number)},
            data={"collection": collection},
            headers={"Authorization": f"Bearer {ROOT}"},
        )
        return str(answer.json()["document_id"])

    async def person(self, name: str, collection: str) -> tuple[str, str]:
        """Return id and key of a new principal who may read a collection."""
        made = await self.post("/principals", {"name": name})
        await self.post("/grants", {"collection": collection, "principal": name, "right": "read"})
        key = await self.post("/keys", {"principal": name})
        return str(made["principal_id"]), str(key["key"])


@pytest.fixture
async def keyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Keyed]:
    monkeypatch.setattr(auth, "RECHECK_S", 0.05)
    monkeypatch.setattr(keyring, "FRESH_S", 0.0)
    async with gateway(tmp_path, api_keys=f"root:{digest(ROOT)}") as gate, served(gate) as url:
        yield Keyed(gate, url)


@pytest.mark.parametrize("as_message", [False, True])
async def test_a_key_opens_a_connection_as_header_or_as_first_message(
    keyed: Keyed, as_message: bool
) -> None:
    """Events and answers are those that the key may see, until it opens something else."""
    await keyed.post("/collections", {"name": "own"})
    await keyed.post("/collections", {"name": "foreign"})
    person, key = await keyed.person("anna", "own")
    async with socket(keyed.url, key="" if as_message else key) as client:
        if as_message:
            assert (await client.ask("auth", key=key))["type"] == "authenticated"
        await followed(client, "all")
        foreign, own = await keyed.upload("foreign", 1), await keyed.upload("own", 2)
        assert (await client.next())["document_id"] == own
        assert (await client.ask("status", document_id=own))["status"] == "pending"
        assert (await client.ask("status", document_id=foreign))["code"] == "not_found"
        for topic in (f"document:{foreign}", "collection:foreign"):
            assert (await client.ask("subscribe", topics=[topic]))["code"] == "not_found"
        headers = {"Authorization": f"Bearer {ROOT}"}
        changed = await keyed.gate.http.patch(
            f"{API}/principals/{person}", json={"roles": ["operator"]}, headers=headers
        )
        assert changed.is_success, changed.text
        assert await client.closed() == 1008


@pytest.mark.parametrize(
    "message",
    ['{"type": "auth", "key": "wrong"}', '{"type": "ping"}', '{"type": "auth"}', "no JSON", "1"],
)
async def test_a_first_message_without_a_valid_key_ends_the_connection(
    keyed: Keyed, message: str
) -> None:
    async with socket(keyed.url) as client:
        await client.send_text(message)
        told = await client.next()
        assert (told["type"], told["code"]) == ("error", "unauthorized")
        assert await client.closed() == 1008


async def test_a_client_that_sends_no_key_is_not_waited_for(
    keyed: Keyed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_message, "WITHIN_S", 0.05)
    async with socket(keyed.url) as client:
        assert (await client.next())["code"] == "unauthorized"
        assert await client.closed() == 1008


async def test_a_wrong_key_in_the_header_is_refused_at_the_upgrade(keyed: Keyed) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with socket(keyed.url, key="wrong"):
            pass
    assert refused.value.response.status_code == 401
    assert b"unauthorized" in refused.value.response.body
