"""Authenticates requests by API key if any is configured; otherwise accepts every client.

Without keys only programs of this machine are clients: the settings refuse another host than
loopback (`shared/settings.py`), and `cross_site.py` refuses domain names.
The server stores only hashes of keys, and compares each in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

from shared.domain.errors import SettingsError
from shared.http.middleware import OPEN_PATHS, App, Receive, Scope, Send, header, reject
from shared.http.problems import Problem

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

    def __init__(self, app: App, keys: Mapping[str, str]) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        caller = self._caller(scope)
        if isinstance(caller, Problem):
            await reject(scope, send, caller)
        else:
            scope.setdefault("state", {})["caller"] = caller
            await self._app(scope, receive, send)

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
