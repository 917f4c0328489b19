"""Requests that a connection makes of the application itself, with the credentials it came with.

So a command over a WebSocket and a tool of MCP pass the same doors as a request over HTTP: key,
roles, rations, checks of its content, metrics and the log.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import quote

from shared.http.middleware import App, Message, Scope
from shared.http.proxies import came_by_proxy

# Headers of the outer message alone; all others say who asks, and from which page.
_OF_MESSAGE = frozenset(
    b"connection upgrade content-length content-type content-encoding transfer-encoding accept"
    b" accept-encoding idempotency-key if-none-match range".split()
)
_PREFIXES_OF_MESSAGE = (b"sec-websocket-", b"mcp-")
# The origin was checked before: only programs and the server's own pages have a connection.
_CSRF = (b"x-quire-csrf", b"1")


@dataclass(frozen=True)
class Answer:
    """A response whose body still arrives."""

    status: int
    pieces: AsyncIterator[bytes]

    async def body(self) -> bytes:
        """Return the whole body."""
        return b"".join([piece async for piece in self.pieces])


@contextlib.asynccontextmanager
async def ask(
    app: App,
    connection: Scope,
    method: str,
    path: str,
    *,
    query: str = "",
    body: bytes = b"",
    content_type: str = "application/json",
) -> AsyncIterator[Answer]:
    """Send a request to `app` for a connection; leaving the context disconnects its client."""
    loop = asyncio.get_running_loop()
    status: asyncio.Future[int] = loop.create_future()
    # Without a bound: an answer in the making is in memory anyway, and all others are short.
    pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
    is_sent, has_left = False, asyncio.Event()

    async def receive() -> Message:
        nonlocal is_sent
        if is_sent:
            await has_left.wait()
            return {"type": "http.disconnect"}
        is_sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            status.set_result(message["status"])
        elif piece := message.get("body", b""):
            pieces.put_nowait(piece)

    async def run() -> None:
        try:
            await app(_scope(connection, method, path, query, content_type), receive, send)
        finally:
            if not status.done():
                status.set_result(500)
            pieces.put_nowait(None)

    running = asyncio.create_task(run())
    try:
        yield Answer(await status, _until_none(pieces))
    finally:
        has_left.set()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _until_none(pieces: asyncio.Queue[bytes | None]) -> AsyncIterator[bytes]:
    while (piece := await pieces.get()) is not None:
        yield piece


def _scope(connection: Scope, method: str, path: str, query: str, content_type: str) -> Scope:
    headers = [
        pair
        for pair in connection["headers"]
        if pair[0] not in _OF_MESSAGE and not pair[0].startswith(_PREFIXES_OF_MESSAGE)
    ]
    headers += [(b"content-type", content_type.encode("latin-1")), _CSRF]
    return {
        "type": "http",
        "asgi": connection["asgi"],
        "http_version": "1.1",
        "method": method,
        "scheme": "https" if connection.get("scheme") in ("wss", "https") else "http",
        "path": path,
        "raw_path": quote(path).encode(),
        "query_string": query.encode(),
        "root_path": connection.get("root_path", ""),
        "headers": headers,
        "client": connection.get("client"),
        "server": connection.get("server"),
        "state": {"by_proxy": True} if came_by_proxy(connection) else {},
    }
