"""Blocks CSRF and DNS rebinding.

Rejects foreign `Origin`s and, without API keys, domain-name `Host`s.
"""

from __future__ import annotations

import re

from shared.http.middleware import OPEN_PATHS, App, Receive, Scope, Send, header, reject
from shared.http.problems import Problem

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_PORT = re.compile(r":\d+$")
_ADDRESS = re.compile(r"[\d.]+|\[[\da-fA-F:.]+\]")

_FOREIGN_ORIGIN = Problem(
    403,
    "cross_origin",
    "A web page of another origin can't send this request. Send it from the server's own page or"
    " from a program.",
)
_FOREIGN_HOST = Problem(
    403,
    "foreign_host",
    "Without API keys the server can be reached by IP address or localhost only. Use one of them,"
    " or ask the operator to set API keys.",
)


class CrossSiteGuard:
    """Rejects requests of foreign web pages; `check_host` also rejects domain names as Host."""

    def __init__(self, app: App, *, check_host: bool) -> None:
        self._app = app
        self._check_host = check_host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        checked = scope["type"] in ("http", "websocket") and scope["path"] not in OPEN_PATHS
        problem = self._problem(scope) if checked else None
        if problem is None:
            await self._app(scope, receive, send)
        else:
            await reject(scope, send, problem)

    def _problem(self, scope: Scope) -> Problem | None:
        if _has_foreign_origin(scope):
            return _FOREIGN_ORIGIN
        if self._check_host and _has_domain_name(scope):
            return _FOREIGN_HOST
        return None


def _has_foreign_origin(scope: Scope) -> bool:
    origin = header(scope, b"origin")
    if origin is None or (scope["type"] == "http" and scope["method"] in _SAFE_METHODS):
        return False
    _, _, place = origin.partition(b"://")
    return place != header(scope, b"host")


def _has_domain_name(scope: Scope) -> bool:
    """Return whether the Host is a domain name, which its owner can resolve to this machine.

    IP addresses and names without a dot are safe: DNS rebinding needs a domain name.
    """
    host = (header(scope, b"host") or b"").decode("latin-1")
    name = host.rpartition(":")[0] if _PORT.search(host) else host
    return "." in name and not _ADDRESS.fullmatch(name) and not name.endswith(".localhost")
