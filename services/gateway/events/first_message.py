"""Lets browsers send their key as the first message: they can't set headers of a WebSocket.

An address may be logged by every proxy on the way, so a key is never part of it. The key becomes
the header that a program sends, and is checked where all keys are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson

from services.gateway.events.frames import frame
from shared.http.middleware import App, Message, Receive, Scope, Send

# Seconds from the upgrade to the key.
WITHIN_S = 5.0
_POLICY_VIOLATION = 1008
_MAX_KEY = 500
_NO_KEY = {
    "status": 401,
    "code": "unauthorized",
    "detail": 'Send {"type": "auth", "key": "..."} first, within 5 seconds.',
}


class FirstMessageAuth:
    """Accepts WebSockets without credentials, and adds those of their first message."""

    def __init__(self, app: App, *, has_credentials: Callable[[Scope], bool]) -> None:
        self._app = app
        self._has_credentials = has_credentials

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket" or self._has_credentials(scope):
            await self._app(scope, receive, send)
            return
        connect = await receive()
        if connect["type"] != "websocket.connect":
            return
        await send({"type": "websocket.accept"})
        key = await _first_key(receive)
        if key is None:
            await _refuse(send, _NO_KEY)
            return
        credentials = (b"authorization", b"Bearer " + key)
        scope = {**scope, "headers": [*scope["headers"], credentials]}
        await self._app(scope, _Connecting(connect, receive), _Accepted(send))


class _Connecting:
    """Receives the beginning of the connection once more, and then its messages."""

    def __init__(self, connect: Message, receive: Receive) -> None:
        self._connect: Message | None = connect
        self._receive = receive

    async def __call__(self) -> Message:
        connect, self._connect = self._connect, None
        return connect or await self._receive()


class _Accepted:
    """Sends on a connection that is accepted already: a refusal becomes a frame."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._refused = b""

    async def __call__(self, message: Message) -> None:
        match message["type"]:
            case "websocket.accept":
                await _tell(self._send, "authenticated")
            case "websocket.http.response.start":
                self._refused = b""
            case "websocket.http.response.body":
                self._refused += message.get("body", b"")
                if not message.get("more_body"):
                    await _refuse(self._send, orjson.loads(self._refused))
            case _:
                await self._send(message)


async def _first_key(receive: Receive) -> bytes | None:
    """Return the key of the first message; None if there is none in time."""
    try:
        async with asyncio.timeout(WITHIN_S):
            message = await receive()
        given: Any = orjson.loads(message.get("text") or b"null")
    except (TimeoutError, orjson.JSONDecodeError):
        return None
    if not isinstance(given, dict) or given.get("type") != "auth":
        return None
    key = given.get("key")
    if not isinstance(key, str) or not key.isascii() or not 0 < len(key) <= _MAX_KEY:
        return None
    return key.encode()


async def _refuse(send: Send, problem: dict[str, Any]) -> None:
    kept = {name: problem[name] for name in ("status", "code", "detail") if name in problem}
    await _tell(send, "error", **kept)
    await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": problem["code"]})


async def _tell(send: Send, type_: str, **fields: Any) -> None:
    await send({"type": "websocket.send", "text": frame(type_, **fields).text.decode()})
