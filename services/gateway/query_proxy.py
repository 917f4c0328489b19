"""Hands requests on to the query service, where that is a process of its own.

A request is read whole before it is sent, so that one whose replica dies can be sent once more; the
answer is streamed as it comes. A client that goes away ends the question that it asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import Any

import httpx

from services.gateway import openapi
from shared.domain.errors import Unavailable
from shared.http.app import MOST_JSON_BYTES
from shared.http.middleware import Receive, Scope, Send, correlation_id, send_problem
from shared.http.problems import Problem

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 120.0
CONNECT_WITHIN_S = 3.0
READY_WITHIN_S = 2.0
_PASSED_ON = frozenset({b"content-type", b"accept", b"accept-language", b"idempotency-key"})
_KEPT_BACK = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "date", "server", "x-correlation-id"}
)
_NO_ANSWER = (httpx.HTTPError, ValueError, TimeoutError)
_AWAY = Problem(
    503,
    "unavailable",
    "Questions can't be answered right now. Try again in a moment.",
    headers={"Retry-After": "2"},
)
_NO_ENCODER = (
    "The query service, which says for which encoder the index is made, does not answer."
    " Try again in a moment."
)
_TOO_LARGE = Problem(413, "too_large", "The body of this request is too large.")


@dataclass(frozen=True)
class Route:
    """One of the query service's, by the name that metrics have for it."""

    path: str


class QueryProxy:
    """An ASGI app in front of the query service at `url`. Close it with `close`."""

    def __init__(self, url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(
            base_url=url,
            transport=transport,
            timeout=httpx.Timeout(ANSWER_WITHIN_S, connect=CONNECT_WITHIN_S),
            limits=httpx.Limits(max_connections=200, max_keepalive_connections=50),
            # The query service is reached directly, whatever proxies this machine is told of.
            trust_env=False,
        )
        self._document: dict[str, Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._hand_on(scope, receive, send)
            # Whoever asked has the answer. The service may have come up after the gateway.
            with contextlib.suppress(*_NO_ANSWER):
                async with asyncio.timeout(READY_WITHIN_S):
                    await self._learn()
        finally:
            if template := openapi.template_of(scope["path"], self._document):
                scope["route"] = Route(template)

    async def _hand_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        if body is None:
            return
        if len(body) > MOST_JSON_BYTES:
            await send_problem(scope, send, _TOO_LARGE)
            return
        work = asyncio.create_task(self._answer(scope, body, send))
        gone = asyncio.create_task(_until_gone(receive))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        finally:
            for task in (work, gone):
                task.cancel()
            await asyncio.gather(work, gone, return_exceptions=True)

    async def ready(self) -> bool:
        """Whether some replica can answer; learns the service's OpenAPI document on the way."""
        with contextlib.suppress(*_NO_ANSWER):
            async with asyncio.timeout(READY_WITHIN_S):
                await self._learn()
                return (await self._http.get("/readyz")).status_code == 200
        return False

    async def encoder(self) -> tuple[str, int]:
        """Name and dimension of the encoder that questions are asked with. Unavailable: no answer.

        A rebuilt index is built for this encoder.
        """
        try:
            answer = await self._http.get("/encoder", timeout=READY_WITHIN_S)
            answer.raise_for_status()
            found = answer.json()
            return str(found["name"]), int(found["dimension"])
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise Unavailable(_NO_ENCODER) from error

    async def _learn(self) -> None:
        if not self._document:
            reply = await self._http.get("/openapi.json")
            self._document = reply.raise_for_status().json()

    def openapi(self) -> dict[str, Any]:
        """The service's document; empty until it was reached."""
        return self._document

    async def close(self) -> None:
        await self._http.aclose()

    async def _answer(self, scope: Scope, body: bytes, send: Send) -> None:
        response = await self._send(scope, body)
        if response is None:
            await send_problem(scope, send, _AWAY)
            return
        try:
            headers = [
                (key.lower().encode("latin-1"), value.encode("latin-1"))
                for key, value in response.headers.multi_items()
                if key.lower() not in _KEPT_BACK
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
        """The head of the response, after at most two requests. None: no answer."""
        for attempt in (1, 2):
            try:
                return await self._http.send(self._request(scope, body), stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.RemoteProtocolError,
                    httpx.ReadError, httpx.WriteError) as error:  # fmt: skip
                log.warning(
                    "the query service was not reached",
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
        headers = [(key, value) for key, value in scope["headers"] if key in _PASSED_ON]
        headers.append((b"x-correlation-id", correlation_id(scope).encode()))
        path = scope.get("raw_path") or scope["path"].encode()
        query = scope.get("query_string", b"")
        url = httpx.URL(path.decode("latin-1"), query=query)
        return self._http.build_request(scope["method"], url, headers=headers, content=body)


async def _read(receive: Receive) -> bytes | None:
    """The request's body, or the beginning of one that is too large. None: the client is gone."""
    received = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        received += message.get("body", b"")
        if not message.get("more_body") or len(received) > MOST_JSON_BYTES:
            return bytes(received)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
