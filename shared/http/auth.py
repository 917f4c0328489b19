"""Who may come in: with keys set, who holds one; without, every program on this machine.

Only hashes of keys are known here, and every one is compared, each in constant time. A web page
somewhere else must not reach through its reader's browser: it shows by its Origin, or by a domain
name as Host.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

from shared.domain.errors import SettingsError
from shared.http.middleware import App, Receive, Scope, Send, header, send_problem
from shared.http.problems import Problem

OPEN_PATHS = frozenset({"/healthz", "/readyz"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_ENTRY = re.compile(r"([^:,\s]+):([0-9a-fA-F]{64})")
_PORT = re.compile(r":\d+$")
_ADDRESS = re.compile(r"[\d.]+|\[[\da-fA-F:.]+\]")

_NO_KEY = Problem(
    401,
    "unauthorized",
    "Send your key as `Authorization: Bearer <key>`.",
    headers={"WWW-Authenticate": 'Bearer realm="quire"'},
)
_WRONG_KEY = Problem(
    401,
    "unauthorized",
    "This key opens nothing here.",
    headers={"WWW-Authenticate": 'Bearer realm="quire", error="invalid_token"'},
)
_FOREIGN_PAGE = Problem(403, "cross_origin", "Web pages of another origin may change nothing here.")
_FOREIGN_HOST = Problem(
    403,
    "foreign_host",
    "Without API keys this server answers under no domain name. Use its address, or set API keys.",
)


def parse_keys(text: str) -> Mapping[str, str]:
    """`name:sha256hex` entries, comma separated, as {sha256: name}. SettingsError: a bad entry."""
    keys: dict[str, str] = {}
    for number, entry in enumerate(filter(None, map(str.strip, text.split(","))), start=1):
        found = _ENTRY.fullmatch(entry)
        if found is None:
            raise SettingsError(
                f"QUIRE_API_KEYS: entry {number} is not `name:sha256`; `quire keys new` makes one."
            )
        keys[found[2].lower()] = found[1]
    return keys


class ApiKeyMiddleware:
    """Lets a request pass, and notes in its state under whose key it came (`caller`)."""

    def __init__(self, app: App, keys: Mapping[str, str]) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        caller = self._admit(scope)
        if isinstance(caller, str):
            scope.setdefault("state", {})["caller"] = caller
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await send_problem(scope, send, caller)

    def _admit(self, scope: Scope) -> str | Problem:
        if _comes_from_elsewhere(scope):
            return _FOREIGN_PAGE
        if not self._keys:
            return _FOREIGN_HOST if _could_be_made_to_point_here(scope) else ""
        kind, _, key = (header(scope, b"authorization") or b"").partition(b" ")
        if kind.lower() != b"bearer" or not key.strip():
            return _NO_KEY
        return self._holder(key.strip()) or _WRONG_KEY

    def _holder(self, key: bytes) -> str:
        presented = hashlib.sha256(key).hexdigest()
        holder = ""
        for known, name in self._keys.items():
            if hmac.compare_digest(presented, known):
                holder = name
        return holder


def _comes_from_elsewhere(scope: Scope) -> bool:
    origin = header(scope, b"origin")
    if origin is None or (scope["type"] == "http" and scope["method"] in _SAFE_METHODS):
        return False
    _, _, place = origin.partition(b"://")
    return place != header(scope, b"host")


def _could_be_made_to_point_here(scope: Scope) -> bool:
    """Whether the Host is a domain name: its owner can have it resolve to this machine.

    An address, or a name without a dot, is what a browser was really asked for.
    """
    host = (header(scope, b"host") or b"").decode("latin-1")
    name = host.rpartition(":")[0] if _PORT.search(host) else host
    return "." in name and not _ADDRESS.fullmatch(name) and not name.endswith(".localhost")
