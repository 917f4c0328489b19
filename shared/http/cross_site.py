"""Blocks CSRF and DNS rebinding.

Rejects foreign `Origin`s and, without API keys, `Host`s other than localhost, addresses, and the
name of `QUIRE_PUBLIC_URL`.
"""

from __future__ import annotations

import re

from shared.http.middleware import OPEN_PATHS, App, Receive, Scope, Send, header, reject
from shared.http.problems import Problem

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_PORT = re.compile(r":\d+$")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
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
    "Without API keys the server can be reached by localhost or IP address only. Use one of them,"
    " or ask the operator to set API keys.",
)


class CrossSiteGuard:
    """Rejects requests of foreign web pages; `check_host` also rejects names of other servers.

    `public_url` is the address at which people reach the server, if it is another one.
    """

    def __init__(self, app: App, *, check_host: bool, public_url: str = "") -> None:
        self._app = app
        self._check_host = check_host
        self._public_place = _place(public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        checked = scope["type"] in ("http", "websocket") and scope["path"] not in OPEN_PATHS
        problem = self._problem(scope) if checked else None
        if problem is None:
            await self._app(scope, receive, send)
        else:
            await reject(scope, send, problem)

    def _problem(self, scope: Scope) -> Problem | None:
        if self._has_foreign_origin(scope):
            return _FOREIGN_ORIGIN
        if self._check_host and not self._is_own_name(_name(_host(scope))):
            return _FOREIGN_HOST
        return None

    def _has_foreign_origin(self, scope: Scope) -> bool:
        origin = header(scope, b"origin")
        if origin is None or (scope["type"] == "http" and scope["method"] in _SAFE_METHODS):
            return False
        url = origin.decode("latin-1")
        place, scheme = _place(url), url.partition("://")[0]
        # A proxy may send its own name for this server as Host.
        return not place or place not in (_place(f"{scheme}://{_host(scope)}"), self._public_place)

    def _is_own_name(self, name: str) -> bool:
        """Return whether a name can only be this server's: nobody else can let it lead here."""
        if name == "localhost" or name.endswith(".localhost") or _ADDRESS.fullmatch(name):
            return True
        return name != "" and name == _name(self._public_place)


def _host(scope: Scope) -> str:
    return (header(scope, b"host") or b"").decode("latin-1").lower()


def _place(url: str) -> str:
    """Return host and port of an origin, without the port that its scheme implies.

    >>> _place("https://Quire.example.org:443/"), _place("http://localhost:443")
    ('quire.example.org', 'localhost:443')
    """
    scheme, _, place = url.lower().partition("://")
    return place.strip("/").removesuffix(_DEFAULT_PORTS.get(scheme, ""))


def _name(place: str) -> str:
    """Return a host without its port."""
    return place.rpartition(":")[0] if _PORT.search(place) else place
