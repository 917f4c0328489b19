"""WebSockets with the limits of all connections: of time, of size and of their number.

The protocol itself notices peers that are gone: it pings every 20 seconds. This adds a deadline for
the answer to the upgrade, and one for clients that take nothing.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from shared.http import limits
from shared.http.limits import Ceilings
from shared.http.problems import MEDIA_TYPE, Problem
from shared.telemetry.metrics import CLOSED_CONNECTIONS

# Bytes of one message: the longest question with its filters is far shorter.
MAX_MESSAGE_BYTES = 256 * 1024
# Seconds that the application has to say good-bye when the server stops.
BYE_WITHIN_S = 3.0

_MALFORMED = (
    "The upgrade to a WebSocket is malformed. Let a library for WebSockets make it (RFC 6455,"
    " version 13)."
)

# uvicorn would write a line for each connection, with its address.
_quiet = logging.getLogger(f"{__name__}.connections")
_quiet.setLevel(logging.WARNING)


class BoundedWebSocket(WebSocketsSansIOProtocol):
    """Ends connections that exceed a limit: `check(now)` is to be called about every second.

    It takes over a connection that `BoundedHttp` has counted.
    """

    def __init__(self, *args: Any, ceilings: Ceilings, **options: Any) -> None:
        super().__init__(*args, **options)
        self.logger = _quiet
        self.conn.accept = self._accept  # type: ignore[method-assign]
        self._ceilings = ceilings
        self._since = self.loop.time()
        self._waiting_bytes = 0
        self._took_some = False
        self._end: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._end is not None:
            self._end.cancel()
        self._ceilings.leave(self.client[0] if self.client else "")
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        self._took_some = True
        super().resume_writing()

    def shutdown(self) -> None:
        """Let the application end the connection; close it if that takes long."""
        self._end = self.loop.call_later(BYE_WITHIN_S, super().shutdown)

    def check(self, now: float) -> None:
        """Close the connection if it is not accepted in time, or if its client takes nothing."""
        waiting = self.transport.get_write_buffer_size()
        if waiting:
            if waiting < self._waiting_bytes or self._took_some or not self._waiting_bytes:
                self._since = now
            if now - self._since > limits.SEND_WITHIN_S:
                self._abort("reader")
        elif self.handshake_complete:
            self._since = now
        elif now - self._since > limits.HEAD_WITHIN_S:
            self._abort("head")
        self._waiting_bytes, self._took_some = waiting, False

    def _accept(self, request: Request) -> Response:
        """Return the answer to an upgrade; one that is malformed gets a problem document."""
        response = ServerProtocol.accept(self.conn, request)
        if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            return response
        body = Problem(HTTPStatus.BAD_REQUEST, "bad_request", _MALFORMED).body(
            instance=request.path.partition("?")[0], correlation_id=""
        )
        headers = Headers(
            {
                "Content-Type": MEDIA_TYPE,
                "Content-Length": str(len(body)),
                "Cache-Control": "no-store",
                "Connection": "close",
            }
        )
        return Response(HTTPStatus.BAD_REQUEST, HTTPStatus.BAD_REQUEST.phrase, headers, body)

    def _abort(self, cause: str) -> None:
        CLOSED_CONNECTIONS.labels(cause).inc()
        self.transport.abort()
