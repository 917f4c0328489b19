"""Server-sent events on the wire (WHATWG HTML, 9.2). A reader that takes nothing is let go."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Any

import orjson
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from services.gateway.events.feed import Entry

HEARTBEAT = b": still here\n\n"
SEND_WITHIN_S = 30.0


def frame(seq: int, event: str, data: dict[str, Any]) -> bytes:
    """One message; the same number, name and data are in its JSON, for those who log it."""
    body = orjson.dumps({"seq": seq, "event": event, "data": data})
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (seq, event.encode(), body)


def entry_frame(entry: Entry) -> bytes:
    """An event of the system as one message."""
    return frame(entry.seq, entry.event.name, entry.event.model_dump(mode="json"))


class EventStream(StreamingResponse):
    """Sends frames until they end, the client leaves, or it does not read for `SEND_WITHIN_S`."""

    media_type = "text/event-stream"

    def __init__(self, frames: AsyncGenerator[bytes]) -> None:
        super().__init__(frames, headers={"X-Accel-Buffering": "no"})
        self._frames = frames

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with contextlib.suppress(ClientDisconnect):
            await super().__call__(scope, receive, send)

    async def stream_response(self, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(SEND_WITHIN_S):
                await send(message)

        async with contextlib.aclosing(self._frames):
            with contextlib.suppress(TimeoutError):
                await super().stream_response(send_in_time)
