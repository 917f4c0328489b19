"""Server-sent events (WHATWG HTML, 9.2): frames, and a response that closes stalled clients."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from typing import Any, NamedTuple

import orjson
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

MEDIA_TYPE = "text/event-stream"
HEARTBEAT = b": still here\n\n"
# Seconds without a byte taken by the client before its connection is closed.
SEND_WITHIN_S = 30.0


def frame(event: str, data: dict[str, Any], *, seq: int | None = None) -> bytes:
    """Return one message; `seq` becomes its id, which a client returns as `Last-Event-ID`.

    >>> frame("done", {"ok": True}, seq=3)
    b'id: 3\\nevent: done\\ndata: {"ok":true}\\n\\n'
    """
    number = b"" if seq is None else b"id: %d\n" % seq
    return b"%sevent: %s\ndata: %s\n\n" % (number, event.encode(), orjson.dumps(data))


class ServerEvent(NamedTuple):
    """One message of a stream."""

    id: str
    event: str
    data: bytes


async def events(pieces: AsyncIterable[bytes]) -> AsyncIterator[ServerEvent]:
    """Yield the messages of a stream that `frame` wrote, however its bytes are cut; no comments."""
    rest = b""
    async for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n\n")
        for each in whole:
            fields = dict(line.partition(b": ")[::2] for line in each.split(b"\n"))
            if b"data" in fields:
                name = fields.get(b"event", b"message").decode()
                yield ServerEvent(fields.get(b"id", b"").decode(), name, fields[b"data"])


class EventStream(StreamingResponse):
    """Sends frames until they end, the client leaves, or it reads nothing for `SEND_WITHIN_S`."""

    media_type = MEDIA_TYPE

    def __init__(
        self, frames: AsyncGenerator[bytes], *, on_end: Callable[[], None] = lambda: None
    ) -> None:
        """Call `on_end` after the response, also if it ends before the first frame."""
        super().__init__(frames, headers={"X-Accel-Buffering": "no"})
        self._frames = frames
        self._on_end = on_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with contextlib.suppress(ClientDisconnect):
                await super().__call__(scope, receive, send)
        finally:
            self._on_end()

    async def stream_response(self, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(SEND_WITHIN_S):
                await send(message)

        async with contextlib.aclosing(self._frames):
            with contextlib.suppress(TimeoutError):
                await super().stream_response(send_in_time)
