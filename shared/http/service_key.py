"""Lets only the services of an installation call each other, by a key that all of them have."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from pydantic import SecretStr

from shared.http.middleware import OPEN_PATHS, App, Receive, Scope, Send, header, reject
from shared.http.problems import Problem

# Not Authorization, which is for the keys of clients.
HEADER = "X-Quire-Service-Key"
# Metrics have no content, and who scrapes them has no part in the installation's secrets.
_OPEN = OPEN_PATHS | {"/metrics"}
_REFUSED = Problem(
    401,
    "unauthorized",
    "Only services of this installation may call this one: QUIRE_SERVICE_KEY must be the same in"
    " all of them.",
)


def service_headers(key: SecretStr | str) -> Mapping[str, str]:
    """Return the headers of a call to another service; none without a key."""
    value = key if isinstance(key, str) else key.get_secret_value()
    return {HEADER: value} if value else {}


class ServiceKeyMiddleware:
    """Refuses requests without the key; without a key in the settings it lets all pass."""

    def __init__(self, app: App, key: SecretStr) -> None:
        self._app = app
        self._expected = service_headers(key).get(HEADER, "").encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._expected and scope["type"] == "http" and scope["path"] not in _OPEN:
            sent = header(scope, HEADER.lower().encode()) or b""
            if not hmac.compare_digest(sent, self._expected):
                await reject(scope, send, _REFUSED)
                return
        await self._app(scope, receive, send)
