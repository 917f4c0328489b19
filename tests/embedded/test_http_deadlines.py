"""Every state of a connection has a deadline, and connections have ceilings."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage, InvalidStatus

from shared.http import limits
from shared.http.open_files import OpenFiles
from shared.http.server import HttpServer, listen
from tests.support.gateway import Gateway, gateway, served
from tests.support.line import Line, line
from tests.support.wait import until
from tests.support.websocket import socket

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
BODY = (
    b"PATCH /api/v1/documents/00000000-0000-4000-8000-000000000000 HTTP/1.1\r\nHost: localhost\r\n"
)


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with gateway(tmp_path) as started:
        yield started


async def ends(client: Line) -> bytes:
    """Return what the server sends until it closes the connection."""
    async with asyncio.timeout(20):
        with contextlib.suppress(ConnectionError):
            return await client.reader.read()
    return b""


@pytest.mark.parametrize("stray", [b"\r\n", b"G", b"GET / HTTP/1.1\r\nX: "])
async def test_bytes_after_an_answer_do_not_keep_a_connection_open(
    gate: Gateway, monkeypatch: pytest.MonkeyPatch, stray: bytes
) -> None:
    monkeypatch.setattr(limits, "HEAD_WITHIN_S", 0.1)
    async with served(gate) as url, line(url) as client:
        await client.send(HEALTH)
        assert (await client.answer())[0] == 200
        await client.send(stray)
        await ends(client)


async def test_the_rest_of_a_body_does_not_keep_an_answered_connection_open(
    gate: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "HEAD_WITHIN_S", 0.1)
    async with served(gate) as url, line(url) as client:
        await client.send(b"POST /none HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n")
        assert (await client.answer())[0] == 404
        await client.send(b"x")
        await ends(client)


@pytest.mark.parametrize("sent", [b"", b'{"title"'])
async def test_a_body_that_does_not_arrive_is_refused(
    gate: Gateway, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(limits, "BODY_WITHIN_S", 0.1)
    async with served(gate) as url, line(url) as client:
        await client.send(
            BODY + b"Content-Type: application/json\r\nContent-Length: 99\r\n\r\n" + sent
        )
        status, problem = await client.answer()
        await ends(client)
    assert (status, problem["code"]) == (408, "timeout")


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_client_that_takes_nothing_of_its_response_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    monkeypatch.setattr(limits, "SEND_WITHIN_S", 0.3)
    ended = asyncio.Event()
    piece = b"x" * 65536

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if at_once:
            await send({"type": "http.response.body", "body": piece * 400})
        else:
            for _ in range(400):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        ended.set()

    async with serving(app) as (server, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(HEALTH)
        async with asyncio.timeout(20):
            await ended.wait()
        await until(lambda: not server.server_state.connections)
        writer.close()
        del reader


async def test_a_websocket_that_takes_nothing_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SEND_WITHIN_S", 0.3)
    ended = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "websocket":
            return
        await send({"type": "websocket.accept"})
        with contextlib.suppress(Exception):
            while True:
                await send({"type": "websocket.send", "text": "x" * 65536})
        ended.set()

    async with serving(app) as (server, port):
        address = f"ws://127.0.0.1:{port}"
        async with connect(address, proxy=None, max_queue=1, close_timeout=0.1):
            async with asyncio.timeout(20):
                await ended.wait()
        await until(lambda: not server.server_state.connections)


async def test_an_upgrade_that_is_not_answered_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "HEAD_WITHIN_S", 0.2)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["type"] != "websocket.disconnect":
            pass

    async with serving(app) as (server, port):
        with pytest.raises(InvalidMessage):
            async with connect(f"ws://127.0.0.1:{port}", proxy=None):
                pass
        await until(lambda: not server.server_state.connections)


async def test_websockets_count_as_connections(tmp_path: Path) -> None:
    async with gateway(tmp_path, max_connections_per_address=2) as gate, served(gate) as url:
        for _ in range(3):
            async with socket(url) as one, socket(url):
                assert (await one.ask("ping"))["type"] == "pong"
                with pytest.raises((InvalidStatus, ConnectionError)):
                    async with socket(url):
                        pass


async def test_a_slow_but_steady_body_is_read(
    gate: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BODY_WITHIN_S", 1.0)
    monkeypatch.setattr(limits, "BODY_BYTES", 1)
    body = b'{"nothing": "' + b"x" * 5 + b'"}'
    async with served(gate) as url, line(url) as client:
        head = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        await client.send(BODY + head)
        for byte in body:
            await client.send(bytes([byte]))
            await asyncio.sleep(0.1)
        assert (await client.answer())[0] in (404, 422)


async def test_a_new_connection_replaces_the_one_that_is_idle_for_longest(tmp_path: Path) -> None:
    async with (
        gateway(tmp_path, max_connections=3) as gate,
        served(gate) as url,
        line(url) as silent,
        line(url),
        line(url),
        line(url) as fourth,
    ):
        await fourth.send(HEALTH)
        assert (await fourth.answer())[0] == 200
        assert await ends(silent) == b""


async def test_connections_of_one_address_have_a_ceiling(tmp_path: Path) -> None:
    async with gateway(tmp_path, max_connections_per_address=1) as gate, served(gate) as url:
        async with line(url) as first, line(url) as second:
            status, problem = await second.answer()
            assert (status, problem["code"]) == (503, "too_many_connections")
            await first.send(HEALTH)
            assert (await first.answer())[0] == 200

        async def is_accepted() -> bool:
            async with line(url) as later:
                with contextlib.suppress(ConnectionError):
                    await later.send(HEALTH)
                return (await later.answer())[0] == 200

        await until(is_accepted)


def test_exhausted_files_are_logged_once_and_so_is_the_recovery(
    caplog: pytest.LogCaptureFixture,
) -> None:
    counts = iter([10, 96, 99, 90, 80, 10])
    files = OpenFiles(lambda: next(counts), lambda: 100)
    with caplog.at_level(logging.WARNING):
        assert [files.check() for _ in range(6)] == [False, True, True, True, False, False]
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


@contextlib.asynccontextmanager
async def serving(app: Any) -> AsyncIterator[tuple[HttpServer, int]]:
    with listen("127.0.0.1", 0) as listener:
        server = HttpServer(app, websockets=True)
        server.config.lifespan = "off"
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield server, listener.getsockname()[1]
        finally:
            server.should_exit = True
            await running
