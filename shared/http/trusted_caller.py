"""Hands the caller from the gateway to the query service, signed if both have the same key.

The gateway checks who sends a request; the query service trusts what the gateway says about it.
Without `QUIRE_SERVICE_KEY` it believes every program that reaches it, so its port must be reachable
for services only.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import asdict

import orjson

from shared.domain.caller import Caller, as_caller
from shared.http.middleware import App, Receive, Scope, Send, header, reject
from shared.http.problems import Problem

HEADER = b"x-quire-caller"
# Seconds; clocks of the two services may differ by so much.
VALID_S = 60.0
_PROTECTED = ("/api/", "/v1/")

_NOT_TRUSTED = Problem(
    401,
    "unauthorized",
    "The query service answers the gateway only. Send the request to the gateway, and set the same"
    " QUIRE_SERVICE_KEY for both.",
)


def seal(caller: Caller, method: str, path: str, key: str, now: float) -> bytes:
    """Return the header's value for one request."""
    shown = asdict(caller) | {"roles": sorted(caller.roles), "at": now}
    said = urlsafe_b64encode(orjson.dumps(shown))
    return said + b"." + _signature(said, method, path, key)


def open_seal(value: bytes, method: str, path: str, key: str, now: float) -> Caller | None:
    """Return the caller that the gateway names; None if it was not the gateway that said so."""
    said, _, signature = value.rpartition(b".")
    if not hmac.compare_digest(signature, _signature(said, method, path, key)):
        return None
    try:
        shown = orjson.loads(urlsafe_b64decode(said))
        if abs(now - shown.pop("at")) > VALID_S:
            return None
        shown["roles"] = frozenset(shown["roles"])
        shown["collections"] = None if shown["collections"] is None else tuple(shown["collections"])
        return Caller(**shown)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


class TrustedCaller:
    """Works for the caller that the gateway names; rejects requests for documents without one."""

    def __init__(self, app: App, *, key: str, clock: Callable[[], float] = time.time) -> None:
        self._app = app
        self._key = key
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or not scope["path"].startswith(_PROTECTED):
            await self._app(scope, receive, send)
            return
        given = header(scope, HEADER) or b""
        method = scope.get("method", "GET")
        caller = open_seal(given, method, scope["path"], self._key, self._clock())
        if caller is None:
            await reject(scope, send, _NOT_TRUSTED)
            return
        scope.setdefault("state", {})["caller"] = caller
        with as_caller(caller):
            await self._app(scope, receive, send)


def _signature(said: bytes, method: str, path: str, key: str) -> bytes:
    signed = b"\n".join((said, method.encode(), path.encode("utf-8", "surrogatepass")))
    return hmac.new(key.encode(), signed, hashlib.sha256).hexdigest().encode()
