"""Middleware of every service as plain ASGI: correlation id, security headers, timing, errors.

Starlette's `BaseHTTPMiddleware` is not used: it runs the application in another task, which leaks
database connections when a client disconnects.
"""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from shared.http.problems import MEDIA_TYPE, UNEXPECTED, Problem, problem_of
from shared.telemetry.metrics import HTTP_SECONDS

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# Probes of an orchestrator send no key, and their Host is the container.
OPEN_PATHS = frozenset({"/healthz", "/readyz"})
CORRELATION_HEADER = b"x-correlation-id"
_CORRELATION = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)


def header(scope: Scope, name: bytes) -> bytes | None:
    """Return the first value of a request header, or None; `name` is in lower case."""
    return next((value for key, value in scope["headers"] if key == name), None)


def correlation_id(scope: Scope) -> str:
    """Return the request's correlation id; empty without `CorrelationIdMiddleware`."""
    return str(scope.get("state", {}).get("correlation_id", ""))


async def send_problem(scope: Scope, send: Send, problem: Problem) -> None:
    """Answer with a problem document."""
    body = problem.body(instance=scope["path"], correlation_id=correlation_id(scope))
    headers = {
        "Content-Type": MEDIA_TYPE,
        "Content-Length": str(len(body)),
        **problem.headers,
    }
    encoded = [(key.lower().encode(), value.encode()) for key, value in headers.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


async def reject(scope: Scope, send: Send, problem: Problem) -> None:
    """Answer with a problem document, also to the upgrade to a WebSocket that is not accepted."""
    if scope["type"] != "websocket":
        await send_problem(scope, send, problem)
    elif "websocket.http.response" in scope.get("extensions", {}):

        async def send_refusal(message: Message) -> None:
            await send({**message, "type": f"websocket.{message['type']}"})

        await send_problem(scope, send_refusal, problem)
    else:
        await send({"type": "websocket.close", "code": 1008})


class CorrelationIdMiddleware:
    """Gives each request and its response a correlation id: the client's, if it is valid."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = header(scope, CORRELATION_HEADER) or b""
        chosen = given if _CORRELATION.fullmatch(given) else str(uuid.uuid4()).encode()
        scope.setdefault("state", {})["correlation_id"] = chosen.decode()
        await self._app(scope, receive, _with_headers(send, ((CORRELATION_HEADER, chosen),)))


class SecurityHeaders:
    """Adds headers against MIME sniffing, framing, caching, and scripts in responses."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            send = _with_headers(send, _SECURITY_HEADERS)
        await self._app(scope, receive, send)


def _with_headers(send: Send, added: tuple[tuple[bytes, bytes], ...]) -> Send:
    """Return a `send` that adds those headers that a response does not set itself."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            present = {key.lower() for key, _ in headers}
            headers += [pair for pair in added if pair[0] not in present]
            message = {**message, "headers": headers}
        await send(message)

    return send_with_headers


class _Response:
    """A response whose `status` is known from the moment that it starts."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


class MetricsMiddleware:
    """Measures each request under its route's template, so that ids do not become labels."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        response = _Response(send)
        began = time.perf_counter()
        try:
            await self._app(scope, receive, response.send)
        finally:
            _record(scope, response.status or 500, time.perf_counter() - began)


class UnexpectedErrors:
    """Logs exceptions without a handler, and answers 500 without their details."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        response = _Response(send)
        try:
            await self._app(scope, receive, response.send)
        except Exception as error:
            problem = problem_of(error)
            if problem is UNEXPECTED:
                log.exception(
                    "a request failed",
                    extra={"correlation_id": correlation_id(scope), "route": route(scope)},
                )
            if response.status is not None:
                raise
            await send_problem(scope, send, problem)


def route(scope: Scope) -> str:
    """Return the template of the route that answered, or `unmatched`."""
    found = scope.get("route")
    return str(getattr(found, "path_format", None) or getattr(found, "path", None) or "unmatched")


def _record(scope: Scope, status: int, seconds: float) -> None:
    method = scope["method"] if scope["method"] in _METHODS else "other"
    HTTP_SECONDS.labels(method, route(scope), str(status)).observe(seconds)
    log.debug(
        "request",
        extra={
            "method": method,
            "route": route(scope),
            "status": status,
            "ms": round(seconds * 1000, 2),
            "correlation_id": correlation_id(scope),
        },
    )
