"""Reads what a request shows of who sends it: a key, the session of a browser, or a proxy's word.

A browser sends cookies, and a proxy its word, with each request, whichever page made it. Such
requests change something only with a header that pages of other origins can't send.
"""

from __future__ import annotations

import hashlib
import http.cookies
from dataclasses import dataclass
from typing import Any, Literal

from shared.http.middleware import Scope, header
from shared.http.proxies import came_by_proxy

# Browsers take it from HTTPS only, for this host alone; without TLS it has no prefix.
SESSION_COOKIE = "__Host-quire"
PLAIN_COOKIE = "quire"
CSRF_HEADER = b"x-quire-csrf"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_MAX_NAME = 128


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request shows.

    value   hash of the key, or of the session's token; name of the person whom the proxy names;
            empty if it has another form
    cookie  name of the cookie that has the session's token
    """

    kind: Literal["none", "key", "session", "proxy"]
    value: str = ""
    cookie: str = ""

    @property
    def is_ambient(self) -> bool:
        """Return whether a browser sends it without the page's doing."""
        return self.kind in ("session", "proxy")


NO_CREDENTIAL = Credential("none")


def hash_of(key: bytes) -> str:
    """Return the hash under which a key is stored. Keys are random, so that no salt is needed."""
    return hashlib.sha256(key).hexdigest()


def is_secure(scope: Scope, public_url: str) -> bool:
    """Return whether the client sent the request by HTTPS.

    A proxy may end TLS without being in the settings; the browser's `Origin` shows it all the same.
    """
    if scope["scheme"] in ("https", "wss") or public_url.startswith("https://"):
        return True
    return (header(scope, b"origin") or b"").startswith(b"https://")


def cookie_name(scope: Scope, public_url: str) -> str:
    """Return the name under which this client keeps its session."""
    return SESSION_COOKIE if is_secure(scope, public_url) else PLAIN_COOKIE


def session_cookie(name: str, value: str, max_age: int | None) -> str:
    """Return the `Set-Cookie` of a session for `max_age` seconds; None: until the browser closes.

    Scripts can't read it. With 0 seconds the browser removes the cookie.
    """
    cookie: http.cookies.Morsel[Any] = http.cookies.Morsel()
    cookie.set(name, value, value)
    cookie["path"], cookie["samesite"] = "/", "strict"
    cookie["httponly"], cookie["secure"] = True, name == SESSION_COOKIE
    if max_age is not None:
        cookie["max-age"] = str(max_age)
    return cookie.OutputString()


class CredentialReader:
    """Reads the credential of a request: its key first, then its cookie, then its proxy's word.

    `proxy_header` is the header in which a trusted proxy names the person; empty: none.
    """

    def __init__(self, *, public_url: str = "", proxy_header: str = "") -> None:
        self._public_url = public_url
        self._proxy_header = proxy_header.lower().encode()

    def read(self, scope: Scope) -> Credential:
        """Return the credential of a request, which may be none."""
        given = header(scope, b"authorization")
        kind, _, key = (given or b"").partition(b" ")
        if kind.lower() == b"bearer":
            return Credential("key", hash_of(key.strip()) if key.strip() else "")
        name, token = self._session(scope)
        if token:
            return Credential("session", hash_of(token), name)
        if word := self.word_of_proxy(scope):
            return word
        # Another scheme opens nothing: a proxy may pass on what it asked for itself.
        return NO_CREDENTIAL if given is None else Credential("key", "")

    def word_of_proxy(self, scope: Scope) -> Credential | None:
        """Return the person whom a trusted proxy names, or None.

        Several names are none: one of them may be the client's own.
        """
        if not self._proxy_header or not came_by_proxy(scope):
            return None
        named = [value for key, value in scope["headers"] if key == self._proxy_header]
        name = named[0].decode("utf-8", "replace").strip() if len(named) == 1 else ""
        return Credential("proxy", name if len(name) <= _MAX_NAME else "") if name else None

    def shows_any(self, scope: Scope) -> bool:
        """Return whether a request has a credential."""
        return self.read(scope).kind != "none"

    def _session(self, scope: Scope) -> tuple[str, bytes]:
        """Return the name of the session's cookie, and its token; empty without one."""
        cookies: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name == b"cookie":
                for each in value.split(b";"):
                    key, _, content = each.strip().partition(b"=")
                    cookies.setdefault(key, content)
        if token := cookies.get(SESSION_COOKIE.encode()):
            return SESSION_COOKIE, token
        # Another site of the domain could set this one, so it counts without TLS alone.
        secure = is_secure(scope, self._public_url)
        return PLAIN_COOKIE, b"" if secure else cookies.get(PLAIN_COOKIE.encode(), b"")


def lacks_csrf_header(scope: Scope) -> bool:
    """Return whether a request changes something without the header of this server's own page.

    A WebSocket lacks it without an `Origin`, which is checked where there is one.
    """
    if scope["type"] == "websocket":
        return header(scope, b"origin") is None
    if scope["type"] != "http" or scope["method"] in _SAFE_METHODS:
        return False
    return header(scope, CSRF_HEADER) is None
