"""Authenticates requests by API key if any is configured; otherwise accepts every client.

Without keys only programs of this machine are clients: the settings refuse another host than
loopback (`shared/settings.py`), and `cross_site.py` refuses domain names.
The server stores only hashes of keys, and compares each in constant time. An address that keeps
sending wrong keys waits for each answer; valid keys from there are not slowed.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import time
from collections.abc import Awaitable, Callable, Mapping

from shared.domain.errors import SettingsError
from shared.http.middleware import OPEN_PATHS, App, Receive, Scope, Send, header, reject
from shared.http.problems import Problem

# Wrong keys of one address a minute that are answered at once: an old key in a program makes a few.
_WRONG_KEYS = 10
_WINDOW_S = 60.0
# Seconds; ten wrong keys a minute and then one a second for each connection.
_PAUSE_S = 1.0
# Addresses that are remembered; all are forgotten beyond.
_MAX_ADDRESSES = 10_000
_ENTRY = re.compile(r"([^:,\s]+):([0-9a-fA-F]{64})")

_NO_KEY = Problem(
    401,
    "unauthorized",
    "Send your API key as `Authorization: Bearer <key>`.",
    headers={"WWW-Authenticate": 'Bearer realm="quire"'},
)
_WRONG_KEY = Problem(
    401,
    "unauthorized",
    "The API key is not valid.",
    headers={"WWW-Authenticate": 'Bearer realm="quire", error="invalid_token"'},
)


def parse_keys(text: str) -> Mapping[str, str]:
    """Return {sha256: name} for comma-separated `name:sha256hex` entries.

    SettingsError: an entry has another form.
    """
    keys: dict[str, str] = {}
    for number, entry in enumerate(filter(None, map(str.strip, text.split(","))), start=1):
        found = _ENTRY.fullmatch(entry)
        if found is None:
            raise SettingsError(
                f"Entry {number} of QUIRE_API_KEYS is not `name:sha256`. Make one with"
                " `quire keys new`."
            )
        keys[found[2].lower()] = found[1]
    return keys


class ApiKeyMiddleware:
    """Rejects requests without a valid key; stores the key's name as `caller` in their state."""

    def __init__(
        self,
        app: App,
        keys: Mapping[str, str],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._app = app
        self._keys = keys
        self._clock = clock
        self._sleep = sleep
        # By address: when its window began, and its wrong keys since.
        self._wrong: dict[str, tuple[float, int]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        caller = self._caller(scope)
        if isinstance(caller, Problem):
            if caller is _WRONG_KEY and self._count_wrong(scope) > _WRONG_KEYS:
                await self._sleep(_PAUSE_S)
            await reject(scope, send, caller)
        else:
            scope.setdefault("state", {})["caller"] = caller
            await self._app(scope, receive, send)

    def _count_wrong(self, scope: Scope) -> int:
        """Count a wrong key of the client's address; return how many it sent in this window."""
        client = scope.get("client")
        address, now = client[0] if client else "", self._clock()
        began, count = self._wrong.get(address, (now, 0))
        if now - began > _WINDOW_S:
            began, count = now, 0
        if len(self._wrong) >= _MAX_ADDRESSES:
            self._wrong.clear()
        self._wrong[address] = (began, count + 1)
        return count + 1

    def _caller(self, scope: Scope) -> str | Problem:
        if not self._keys:
            return ""
        kind, _, key = (header(scope, b"authorization") or b"").partition(b" ")
        if kind.lower() != b"bearer" or not key.strip():
            return _NO_KEY
        presented = hashlib.sha256(key.strip()).hexdigest()
        caller = ""
        for known, name in self._keys.items():
            if hmac.compare_digest(presented, known):
                caller = name
        return caller or _WRONG_KEY
