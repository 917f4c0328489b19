"""Forwards requests to the query service where it runs as its own process.

A request is read completely before it is forwarded, so that it can be sent again if a replica dies.
The response is streamed. If the client disconnects, its request is cancelled. Only the addresses
that the service describes are forwarded, so that no path leads to its metrics or its health.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from services.gateway import openapi
from shared.domain.caller import asking
from shared.domain.errors import Unavailable
from shared.http.app import BODY_TOO_LARGE, MAX_JSON_BYTES, NO_RESOURCE
from shared.http.middleware import Receive, Scope, Send, correlation_id, send_problem
from shared.http.problems import Problem
from shared.http.service_key import service_headers
from shared.http.trusted_caller import HEADER, seal

log = logging.getLogger(__name__)

# Seconds without data from the query service; only one that hangs takes so long.
RESPONSE_TIMEOUT_S = 120.0
# Seconds; both services run in one network, where a connection takes milliseconds or never comes.
CONNECT_TIMEOUT_S = 3.0
# Seconds; shorter than the 5 s after which a probe of this gateway gives up.
READY_TIMEOUT_S = 2.0
# Seconds; the query service waits five for its models and then counts chunks.
READ_MODELS_TIMEOUT_S = 60.0
# Seconds; an address that the query service does not describe makes it describe itself so often.
DESCRIPTION_S = 30.0
_FORWARDED_HEADERS = frozenset({b"content-type", b"accept", b"accept-language", b"idempotency-key"})
_DROPPED_HEADERS = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "date", "server", "x-correlation-id"}
)
_NO_RESPONSE = (httpx.HTTPError, ValueError, TimeoutError)
_UNAVAILABLE = Problem(
    503,
    "unavailable",
    "Questions can't be answered right now. Try again in a moment.",
    headers={"Retry-After": "2"},
)
_NO_ENCODER = (
    "The query service does not answer, so the encoder of the index is unknown. Try again in a"
    " moment."
)
_NO_READ_MODELS = "The query service does not answer, so its read models are unknown."
_NOT_FOUND = Problem(404, "not_found", NO_RESOURCE)
_TOO_LARGE = Problem(413, "too_large", BODY_TOO_LARGE)


@dataclass(frozen=True)
class Route:
    """The path template of a route of the query service, which metrics use as a label."""

    path: str


class QueryProxy:
    """An ASGI app that forwards requests to the query service at `url`; end it with `close`.

    It signs for whom it asks, and shows `service_key` to the service.
    """

    def __init__(
        self,
        url: str,
        *,
        service_key: str = "",
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._service_key = service_key
        self._http = httpx.AsyncClient(
            base_url=url,
            headers=service_headers(service_key),
            transport=transport,
            timeout=httpx.Timeout(RESPONSE_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            limits=httpx.Limits(max_connections=200, max_keepalive_connections=50),
            # Proxies in this machine's environment are for the internet, not for this service.
            trust_env=False,
        )
        self._document: dict[str, Any] = {}
        self._described_at = -math.inf

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _has_dot_segments(scope["path"]):
            await send_problem(scope, send, _NOT_FOUND)
        elif template := await self._template(scope["path"]):
            scope["route"] = Route(template)
            await self._forward(scope, receive, send)
        else:
            await send_problem(scope, send, _NOT_FOUND if self._document else _UNAVAILABLE)

    async def _template(self, path: str) -> str | None:
        """Return the template of a path of the query service; None if it has none, or is away."""
        if found := openapi.template_of(path, self._document):
            return found
        # A newer replica may have routes that the known description lacks.
        if not self._document or time.monotonic() - self._described_at > DESCRIPTION_S:
            with contextlib.suppress(*_NO_RESPONSE):
                async with asyncio.timeout(READY_TIMEOUT_S):
                    await self._fetch_description()
        return openapi.template_of(path, self._document)

    async def _forward(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        if body is None:
            return
        if len(body) > MAX_JSON_BYTES:
            await send_problem(scope, send, _TOO_LARGE)
            return
        work = asyncio.create_task(self._respond(scope, body, send))
        disconnect = asyncio.create_task(_until_disconnect(receive))
        try:
            await asyncio.wait({work, disconnect}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        finally:
            for task in (work, disconnect):
                task.cancel()
            await asyncio.gather(work, disconnect, return_exceptions=True)

    async def ready(self) -> bool:
        """Return whether a replica is ready; the first call also fetches the OpenAPI document."""
        with contextlib.suppress(*_NO_RESPONSE):
            async with asyncio.timeout(READY_TIMEOUT_S):
                if not self._document:
                    await self._fetch_description()
                return (await self._http.get("/readyz")).status_code == 200
        return False

    async def encoder(self) -> tuple[str, int]:
        """Return name and dimension of the query service's encoder, which the index must match.

        Unavailable: the service does not answer.
        """
        try:
            answer = await self._http.get("/encoder", timeout=READY_TIMEOUT_S)
            answer.raise_for_status()
            found = answer.json()
            return str(found["name"]), int(found["dimension"])
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise Unavailable(_NO_ENCODER) from error

    async def read_model_problems(self) -> list[str]:
        """Return the faults of the read models of one replica, or that it does not answer."""
        try:
            answer = await self._http.get("/read-models", timeout=READ_MODELS_TIMEOUT_S)
            return [str(each) for each in answer.raise_for_status().json()["problems"]]
        except (httpx.HTTPError, ValueError, KeyError):
            return [_NO_READ_MODELS]

    async def _fetch_description(self) -> None:
        reply = await self._http.get("/openapi.json")
        self._document = reply.raise_for_status().json()
        self._described_at = time.monotonic()

    def openapi(self) -> dict[str, Any]:
        """Return the service's OpenAPI document, which is empty until the service was reached."""
        return self._document

    async def close(self) -> None:
        await self._http.aclose()

    async def _respond(self, scope: Scope, body: bytes, send: Send) -> None:
        response = await self._send(scope, body)
        if response is None:
            await send_problem(scope, send, _UNAVAILABLE)
            return
        try:
            headers = [
                (key.lower().encode("latin-1"), value.encode("latin-1"))
                for key, value in response.headers.multi_items()
                if key.lower() not in _DROPPED_HEADERS
            ]
            await send(
                {"type": "http.response.start", "status": response.status_code, "headers": headers}
            )
            async for piece in response.aiter_raw():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await response.aclose()

    async def _send(self, scope: Scope, body: bytes) -> httpx.Response | None:
        """Return the response, without its body, after up to two requests; None if both failed."""
        for attempt in (1, 2):
            try:
                return await self._http.send(self._request(scope, body), stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.RemoteProtocolError,
                    httpx.ReadError, httpx.WriteError) as error:  # fmt: skip
                log.warning(
                    "the query service could not be reached",
                    extra={
                        "attempt": attempt,
                        "reason": type(error).__name__,
                        "correlation_id": correlation_id(scope),
                    },
                )
            except httpx.HTTPError:
                break
        return None

    def _request(self, scope: Scope, body: bytes) -> httpx.Request:
        headers = [(key, value) for key, value in scope["headers"] if key in _FORWARDED_HEADERS]
        headers.append((b"x-correlation-id", correlation_id(scope).encode()))
        sealed = seal(asking(), scope["method"], scope["path"], self._service_key, time.time())
        headers.append((HEADER, sealed))
        # Quoted again, because the path as it was sent may decode to another one than was matched.
        url = httpx.URL(quote(scope["path"]), query=scope.get("query_string", b""))
        return self._http.build_request(scope["method"], url, headers=headers, content=body)


def _has_dot_segments(path: str) -> bool:
    """Return whether the HTTP client would make another path of this one."""
    return not {".", ".."}.isdisjoint(path.split("/"))


async def _read(receive: Receive) -> bytes | None:
    """Return the body, or the start of one that is too large; None if the client disconnected."""
    received = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        received += message.get("body", b"")
        if not message.get("more_body") or len(received) > MAX_JSON_BYTES:
            return bytes(received)


async def _until_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
