"""HTTP/1.1 with limits that uvicorn does not have.

They stop clients that send endless headers or trailers, which would fill the memory, and clients
that hold connections open without sending anything.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.http.problems import MEDIA_TYPE, Problem

# Bytes of one request head: twice what nginx accepts by default.
MAX_BYTES = 64 * 1024
# Seconds from the connection, or from the last request, to a complete head.
HEAD_WITHIN_S = 30.0


_PROBLEM_HEAD = (
    "HTTP/1.1 400 Bad Request\r\n"
    f"content-type: {MEDIA_TYPE}\r\n"
    "cache-control: no-store\r\n"
    "connection: close\r\n"
)


class BoundedHttp(HttpToolsProtocol):
    """Closes a connection that sends `MAX_BYTES` without completing a head or adding to a body.

    It also closes one whose next head is not complete within `HEAD_WITHIN_S`.
    """

    _bytes = 0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._bytes += len(data)
        super().data_received(data)
        if self._bytes > MAX_BYTES and not self.transport.is_closing():
            self.send_400_response("The headers of this request are too large.")

    def send_400_response(self, msg: str) -> None:
        """Close the connection with a problem document; without one inside another response."""
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            body = Problem(400, "bad_request", msg).body(instance="", correlation_id="")
            head = f"{_PROBLEM_HEAD}content-length: {len(body)}\r\n\r\n"
            self.transport.write(head.encode() + body)
        self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._forget_deadline()
        self._expect_head()

    def on_headers_complete(self) -> None:
        self._forget_deadline()
        self._bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._bytes = 0
        super().on_body(body)

    def _expect_head(self) -> None:
        self._deadline = self.loop.call_later(HEAD_WITHIN_S, self.transport.close)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
