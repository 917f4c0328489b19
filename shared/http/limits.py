"""HTTP/1.1 with limits that uvicorn does not have: of the head, of time, and of connections.

Every connection is in one of four states, each with its own deadline, which `check` looks at:

    idle      no request runs: a complete head must arrive
    body      a request runs whose body is incomplete: it must arrive at a least rate
    sending   a part of the response waits: the client must take some of it
    working   the application computes: no deadline, since the client only waits

The deadlines depend on the state alone, so no byte that a client sends can cancel them.
"""

from __future__ import annotations

import resource
from collections import Counter as Multiset
from dataclasses import dataclass, field
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.http.problems import MEDIA_TYPE, RETRY_AFTER_S, Problem
from shared.settings import Settings
from shared.telemetry.metrics import CLOSED_CONNECTIONS, CONNECTIONS

# Bytes of one request head: twice what nginx accepts by default.
MAX_BYTES = 64 * 1024
# Seconds from the connection, or from the last response, to a complete head.
HEAD_WITHIN_S = 30.0
# Seconds in which a body grows by `BODY_BYTES`: half a kilobyte a second, as a bad mobile line has.
BODY_WITHIN_S = 30.0
BODY_BYTES = 15_000
# Seconds in which a client takes at least a part of what waits for it.
SEND_WITHIN_S = 30.0
# Connections take at most this share of the files that the process may open; the rest is for the
# database, uploads and parsers.
_SHARE_OF_FILES = 0.5

_REASONS = {400: "Bad Request", 408: "Request Timeout", 503: "Service Unavailable"}
_TOO_SLOW = "The request body arrives too slowly. Send it again over a better connection."
_TOO_MANY = "The server has too many connections. Try again in a moment."
_TOO_MANY_OF_ONE = "There are too many connections from your address. Close some, or wait."


@dataclass
class Ceilings:
    """The most connections, in all and from one address (0: no ceiling), and those there are."""

    in_all: int = 0
    per_address: int = 0
    by_address: Multiset[str] = field(default_factory=Multiset)

    @classmethod
    def of(cls, settings: Settings) -> Ceilings:
        """Return the ceilings of the settings; by default a share of the files of the process."""
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        in_all = settings.max_connections or max(1, int(files * _SHARE_OF_FILES))
        return cls(in_all, settings.max_connections_per_address)

    def leave(self, address: str) -> None:
        """Count a connection no longer."""
        CONNECTIONS.dec()
        self.by_address[address] -= 1
        if self.by_address[address] <= 0:
            del self.by_address[address]


class BoundedHttp(HttpToolsProtocol):
    """Ends connections that exceed a limit: `check(now)` is to be called about every second.

    At the ceiling in all, a new connection takes the place of the one that is idle for longest.
    """

    def __init__(self, *args: Any, ceilings: Ceilings, **options: Any) -> None:
        super().__init__(*args, **options)
        self._ceilings = ceilings
        self._address = ""
        self._head_bytes = 0
        self._body_bytes = 0
        # When the state began, or last made progress; `check` sets both.
        self._state = "idle"
        self._since = 0.0
        self._waiting_bytes = 0
        self._took_some = False

    @property
    def is_idle(self) -> bool:
        """Return whether no request runs."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def since(self) -> float:
        """Return the time at which the present state began."""
        return self._since

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._since = self.loop.time()
        self._address = self.client[0] if self.client else ""
        ceilings = self._ceilings
        ceilings.by_address[self._address] += 1
        CONNECTIONS.inc()
        if 0 < ceilings.per_address < ceilings.by_address[self._address]:
            self._refuse(503, "too_many_connections", _TOO_MANY_OF_ONE, cause="address")
        elif 0 < ceilings.in_all < len(self.connections) and not self._evict_idle():
            self._refuse(503, "too_many_connections", _TOO_MANY, cause="ceiling")

    def connection_lost(self, exc: Exception | None) -> None:
        self._ceilings.leave(self._address)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes > MAX_BYTES and not self.transport.is_closing():
            self.send_400_response("The headers of this request are too large.")

    def send_400_response(self, msg: str) -> None:
        """Close the connection with a problem document; without one inside another response."""
        self._refuse(400, "bad_request", msg, cause="invalid")

    def on_headers_complete(self) -> None:
        self._head_bytes = 0
        self._enter("working", self.loop.time())
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._head_bytes = 0
        self._body_bytes += len(body)
        super().on_body(body)

    def resume_writing(self) -> None:
        self._took_some = True
        super().resume_writing()

    def check(self, now: float) -> None:
        """Close the connection if its state lasts too long."""
        waiting = self.transport.get_write_buffer_size()
        state = self._present_state(waiting)
        if state != self._state:
            self._enter(state, now)
        if state == "sending":
            if waiting < self._waiting_bytes or self._took_some:
                self._since = now
            self._waiting_bytes, self._took_some = waiting, False
            if now - self._since > SEND_WITHIN_S:
                self._abort("reader")
        elif state == "body" and self._body_bytes >= BODY_BYTES:
            self._enter(state, now)
        elif state == "body" and now - self._since > BODY_WITHIN_S:
            self._refuse(408, "timeout", _TOO_SLOW, cause="body")
        elif state == "idle" and now - self._since > HEAD_WITHIN_S:
            self._abort("head")

    def _present_state(self, waiting_bytes: int) -> str:
        if waiting_bytes:
            return "sending"
        if self.is_idle:
            return "idle"
        # The application does not read yet, which the client can't help.
        reads = not self.flow.read_paused and not self.cycle.waiting_for_100_continue
        if self.cycle.more_body and reads:
            return "body"
        return "working"

    def _enter(self, state: str, now: float) -> None:
        self._state, self._since = state, now
        self._body_bytes = self._waiting_bytes = 0
        self._took_some = False

    def _evict_idle(self) -> bool:
        """Close the connection that is idle for longest; return False if every one is at work."""
        others: list[BoundedHttp] = [
            each
            for each in self.connections
            if isinstance(each, BoundedHttp)
            and each is not self
            and each.is_idle
            and not each.transport.is_closing()
        ]
        if not others:
            return False
        min(others, key=lambda each: each.since)._abort("evicted")
        return True

    def _abort(self, cause: str) -> None:
        CLOSED_CONNECTIONS.labels(cause).inc()
        self.transport.abort()

    def _refuse(self, status: int, code: str, sentence: str, *, cause: str) -> None:
        CLOSED_CONNECTIONS.labels(cause).inc()
        if self.is_idle or not self.cycle.response_started:
            body = Problem(status, code, sentence).body(instance="", correlation_id="")
            pause = f"retry-after: {RETRY_AFTER_S}\r\n" if status == 503 else ""
            head = (
                f"HTTP/1.1 {status} {_REASONS[status]}\r\n"
                f"content-type: {MEDIA_TYPE}\r\n"
                f"content-length: {len(body)}\r\n"
                f"{pause}cache-control: no-store\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + body)
        self.transport.close()
