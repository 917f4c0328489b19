"""Which credential of a request counts: a key, then a cookie, then the word of a trusted proxy."""

from __future__ import annotations

from typing import Any

import pytest

from shared.http.credentials import (
    Credential,
    CredentialReader,
    cookie_name,
    hash_of,
    lacks_csrf_header,
    session_cookie,
)
from shared.http.proxies import TrustedProxies, parse_proxies

USER = (b"x-forwarded-user", b"bob")
BASIC = (b"authorization", b"Basic Ym9iOnB3")
COOKIE = (b"cookie", b"quire=token")
SESSION, BOB = Credential("session", hash_of(b"token"), "quire"), Credential("proxy", "bob")
NOBODY, WRONG = Credential("none", ""), Credential("key", "")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], NOBODY),
        ([USER], BOB),
        ([(b"x-forwarded-user", b"alice"), USER], NOBODY),
        ([BASIC], WRONG),
        ([BASIC, USER], BOB),
        ([BASIC, COOKIE], SESSION),
        ([COOKIE, USER], SESSION),
        ([(b"authorization", b"Bearer k"), COOKIE], Credential("key", hash_of(b"k"))),
    ],
)
async def test_the_first_credential_counts_and_several_names_are_none(
    headers: list[tuple[bytes, bytes]], expected: Credential
) -> None:
    read: list[Credential] = []
    reader = CredentialReader(proxy_header="X-Forwarded-User")

    async def app(scope: Any, *_: Any) -> None:
        read.append(reader.read(scope))

    scope: Any = {"type": "http", "scheme": "http", "client": ("10.0.0.1", 1), "headers": headers}
    nothing: Any = None
    await TrustedProxies(app, proxies=parse_proxies("10.0.0.1"))(scope, nothing, nothing)
    assert read == [expected]


@pytest.mark.parametrize(
    ("scheme", "origin", "public_url", "name"),
    [
        ("http", None, "", "quire"),
        ("http", "http://quire.example", "", "quire"),
        ("https", None, "", "__Host-quire"),
        ("http", None, "https://quire.example", "__Host-quire"),
        # The proxy is not in the settings, but the browser shows what it speaks.
        ("http", "https://quire.example", "", "__Host-quire"),
    ],
)
def test_the_cookie_is_secure_where_anything_shows_https(
    scheme: str, origin: str | None, public_url: str, name: str
) -> None:
    headers = [(b"origin", origin.encode())] if origin else []
    assert cookie_name({"scheme": scheme, "headers": headers}, public_url) == name
    assert ("Secure" in session_cookie(name, "token", None)) is name.startswith("__Host-")


@pytest.mark.parametrize(("headers", "lacks"), [([], True), ([(b"origin", b"http://a")], False)])
def test_a_websocket_without_origin_is_no_page_of_ours(
    headers: list[tuple[bytes, bytes]], lacks: bool
) -> None:
    assert lacks_csrf_header({"type": "websocket", "headers": headers}) is lacks
