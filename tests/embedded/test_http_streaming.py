"""Uploads over a real socket: bodies with a wrong length, cut-off bodies and endless bodies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.gateway.uploads import receive
from shared.http import limits as protocol
from shared.repositories import documents
from tests.support.gateway import PDF, UPLOAD, Gateway, gateway, served
from tests.support.line import line
from tests.support.wait import until

MIB = 1024 * 1024
HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
END = b"\r\n--b--\r\n"
REQUEST = (
    f"POST {UPLOAD} HTTP/1.1\r\nHost: localhost\r\n"
    "Content-Type: multipart/form-data; boundary=b\r\n"
).encode()
CHUNKED = REQUEST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with gateway(tmp_path, max_upload_mb=1) as started:
        yield started


async def nothing_left(gate: Gateway) -> bool:
    """Wait until the files of the last upload are removed; the request may still be ending."""
    await until(lambda: not gate.incoming)
    return await gate.deps.database.read(documents.count) == 0


async def test_a_chunked_body_is_accepted(gate: Gateway) -> None:
    async with served(gate) as url, line(url) as client:
        await client.send(CHUNKED)
        for piece in (HEAD, PDF, b"x" * 700_000, END, b""):
            await client.chunk(piece)
        status, document = await client.answer()
    assert (status, document["file_size"]) == (202, len(PDF) + 700_000)


async def test_an_endless_body_is_stopped_at_the_limit(gate: Gateway) -> None:
    async with served(gate) as url, line(url) as client:
        await client.send(CHUNKED)
        await client.chunk(HEAD + PDF)

        more = b"10000\r\n%s\r\n" % (b"x" * 65536)
        sending = asyncio.create_task(client.send_endlessly(more))
        status, problem = await client.answer()
        await asyncio.wait([sending], timeout=20)
        assert isinstance(sending.exception(), ConnectionError)
    assert (status, problem["code"]) == (413, "too_large")
    assert await nothing_left(gate)


async def test_one_byte_over_the_limit_is_refused_with_a_problem(gate: Gateway) -> None:
    body = HEAD + PDF.ljust(MIB + 1) + END
    async with served(gate) as url, line(url) as client:
        await client.send(REQUEST + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert (await client.answer())[0] == 413
    assert await nothing_left(gate)


async def test_a_declared_length_over_the_limit_is_refused_without_reading_the_body(
    gate: Gateway,
) -> None:
    async with served(gate) as url, line(url) as client:
        await client.send(REQUEST + b"Content-Length: %d\r\n\r\n" % (100 * MIB))
        assert (await client.answer())[0] == 413


async def test_a_length_shorter_than_the_body_makes_the_form_invalid(gate: Gateway) -> None:
    async with served(gate) as url, line(url) as client:
        await client.send(REQUEST + b"Content-Length: 100\r\n\r\n" + (HEAD + PDF * 9)[:100])
        status, problem = await client.answer()
    assert (status, problem["code"]) == (400, "invalid_multipart")
    assert await nothing_left(gate)


async def test_a_disconnect_during_an_upload_leaves_no_file(gate: Gateway) -> None:
    async with served(gate) as url:
        async with line(url) as client:
            await client.send(CHUNKED)
            await client.chunk(HEAD + PDF + b"x" * 600_000)
            await until(lambda: bool(gate.incoming))
        assert await nothing_left(gate)


async def test_a_stalled_body_times_out(gate: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receive, "IDLE_S", 0.05)
    async with served(gate) as url, line(url) as client:
        await client.send(CHUNKED)
        await client.chunk(HEAD + PDF)
        status, problem = await client.answer()
    assert (status, problem["code"]) == (408, "timeout")
    assert await nothing_left(gate)


@pytest.mark.parametrize(
    "start",
    [
        REQUEST + b"Content-Length: -1\r\n\r\n",
        REQUEST + b"Content-Length: many\r\n\r\n",
        REQUEST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST " + UPLOAD.encode() + b" HTTP/9\r\n\r\n",
        REQUEST + b"X: " + b"y" * 200_000,
    ],
)
async def test_malformed_http_does_not_affect_other_connections(
    gate: Gateway, start: bytes
) -> None:
    async with served(gate) as url:
        async with line(url) as client:
            await client.send(start)
        async with line(url) as other:
            body = HEAD + PDF + END
            await other.send(REQUEST + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            status, _ = await other.answer()
    assert status == 202


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"GET /" + b"y" * 300,
        REQUEST + b"X: ",
        REQUEST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ",
    ],
)
async def test_an_endless_request_head_is_refused(gate: Gateway, start: bytes) -> None:
    async with served(gate) as url, line(url) as client:
        await client.send(start)
        with pytest.raises(ConnectionError):
            await client.send_endlessly(b"y" * 65536)


async def test_a_connection_without_a_complete_head_is_closed(
    gate: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_WITHIN_S", 0.02)
    async with served(gate) as url, line(url) as silent, line(url) as slow:
        await slow.send(b"GET /healthz HTTP/1.1\r\nHost: loc")
        async with asyncio.timeout(10):
            assert (await silent.reader.read(), await slow.reader.read()) == (b"", b"")


async def test_invalid_http_is_answered_with_a_problem(gate: Gateway) -> None:
    async with served(gate) as url, line(url) as client:
        await client.send(b"not HTTP at all\r\n\r\n")
        status, problem = await client.answer()
    assert (status, problem["code"]) == (400, "bad_request")


async def test_a_malformed_upgrade_is_answered_with_a_problem(gate: Gateway) -> None:
    upgrade = b"GET /api/v1/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
    async with served(gate) as url, line(url) as client:
        await client.send(upgrade + b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n")
        status, problem = await client.answer()
    assert (status, problem["code"]) == (400, "bad_request")


async def test_health_is_served_during_uploads(gate: Gateway) -> None:
    async with served(gate) as url, line(url) as slow, line(url) as other:
        await slow.send(CHUNKED)
        await slow.chunk(HEAD + PDF)
        await other.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await other.answer())[0] == 200
