"""A browser signs in with a key, keeps a cookie, and is signed out; a proxy names its people."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.gateway.routes import session as session_route
from shared.domain.errors import SettingsError
from shared.http import auth, keyring
from tests.support.callers import digest
from tests.support.gateway import Gateway, gateway, served
from tests.support.http_client import API
from tests.support.wait import until

ROOT = "root-key"
CSRF = {"X-Quire-CSRF": "1"}
SESSION = f"{API}/session"


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with gateway(tmp_path, api_keys=f"root:{digest(ROOT)}") as started:
        yield started


async def root(gate: Gateway, method: str, path: str, **given: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {ROOT}"}
    answer = await gate.http.request(method, f"{API}{path}", headers=headers, **given)
    assert answer.is_success, answer.text
    return dict(answer.json()) if answer.content else {}


async def key_of(gate: Gateway, who: str, **key: Any) -> dict[str, Any]:
    await root(gate, "POST", "/principals", json={"name": who})
    return await root(gate, "POST", "/keys", json={"principal": who, **key})


def browser(gate: Gateway, scheme: str = "https", **options: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=gate.app, **options)
    return httpx.AsyncClient(transport=transport, base_url=f"{scheme}://localhost")


async def sign_in(http: httpx.AsyncClient, key: str, **body: Any) -> httpx.Response:
    return await http.post(SESSION, headers={"Authorization": f"Bearer {key}"}, json=body)


@pytest.mark.parametrize(
    ("scheme", "begins", "secure"),
    [("https", "__Host-quire=", True), ("http", "quire=", False)],
)
async def test_a_browser_signs_in_and_out_with_a_cookie_that_scripts_can_not_read(
    gate: Gateway, scheme: str, begins: str, secure: bool
) -> None:
    made = await key_of(gate, "anna")
    async with browser(gate, scheme) as http:
        signed = await sign_in(http, made["key"])
        assert (signed.status_code, signed.json()["name"]) == (201, "anna")
        cookie = signed.headers["set-cookie"]
        assert cookie.startswith(begins)
        assert ("; Secure" in cookie) is secure
        for part in ("HttpOnly", "SameSite=strict", "Path=/"):
            assert part in cookie
        assert "Max-Age" not in cookie
        assert "Domain" not in cookie
        assert made["key"] not in cookie
        me = (await http.get(f"{API}/me")).json()
        assert (me["name"], me["key_id"], me["signed_in"]) == ("anna", made["key_id"], True)
        kept = httpx.Cookies(http.cookies)
        assert (await http.delete(SESSION, headers=CSRF)).status_code == 204
        assert not http.cookies
        # Another tab still had it: it can't be removed by a script.
        http.cookies = kept
        ended = await http.get(f"{API}/me")
        assert (ended.status_code, ended.json()["code"]) == (401, "unauthorized")
        assert "Sign in again" in ended.json()["detail"]
        assert not http.cookies
    entries = (await root(gate, "GET", "/audit?limit=200"))["entries"]
    actions = [each["action"] for each in entries]
    assert actions[-2:] == ["session.begin", "session.end"]


async def test_a_change_of_a_browser_needs_the_header_of_the_page(gate: Gateway) -> None:
    made = await key_of(gate, "anna")
    async with browser(gate) as http:
        await sign_in(http, made["key"])
        talks = f"{API}/conversations"
        refused = await http.post(talks, json={"title": ""})
        assert (refused.status_code, refused.json()["code"]) == (403, "csrf")
        assert (await http.post(talks, json={"title": ""}, headers=CSRF)).status_code == 200
        # A program that sends its key needs none.
        bearer = {"Authorization": f"Bearer {made['key']}"}
        assert (await http.post(talks, json={"title": ""}, headers=bearer)).status_code == 200


async def test_the_cookie_is_secure_behind_a_proxy_that_nobody_configured(gate: Gateway) -> None:
    async with browser(gate, "http") as http:
        origin = {"Origin": "https://localhost", "Authorization": f"Bearer {ROOT}"}
        signed = await http.post(SESSION, headers=origin)
        cookie = signed.headers["set-cookie"]
        assert cookie.startswith("__Host-quire=")
        assert "; Secure" in cookie
        shown = {"Cookie": cookie.partition(";")[0]}
        assert (await http.get(f"{API}/me", headers=shown)).status_code == 200
        out = await http.delete(SESSION, headers={**shown, **CSRF, "Origin": "https://localhost"})
        assert "__Host-quire=" in out.headers["set-cookie"]
        assert "Max-Age=0" in out.headers["set-cookie"]


async def test_only_the_newest_sessions_of_a_key_are_kept(
    gate: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_route, "_MOST_SESSIONS", 3)
    made = await key_of(gate, "anna")
    tokens = []
    async with browser(gate) as other, browser(gate) as http:
        await sign_in(other, ROOT)
        for _ in range(5):
            signed = await sign_in(http, made["key"])
            tokens.append(signed.headers["set-cookie"].partition(";")[0])
            assert (await http.get(f"{API}/me")).status_code == 200
            http.cookies.clear()
        opened = [
            (await http.get(f"{API}/me", headers={"Cookie": each})).status_code for each in tokens
        ]
        assert opened == [401, 401, 200, 200, 200]
        assert (await other.get(f"{API}/me")).status_code == 200
    entries = (await root(gate, "GET", "/audit?limit=200"))["entries"]
    assert [each["action"] for each in entries].count("session.end") == 2


async def test_a_session_ends_when_its_time_is_over(
    gate: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "FRESH_S", 0.0)
    monkeypatch.setattr(session_route, "_REMEMBERED", timedelta(seconds=0.2))
    async with browser(gate) as http:
        signed = await sign_in(http, ROOT, remember=True)
        # By hand: the client drops a cookie when its time is over, as a browser does.
        http.cookies.clear()
        shown = {"Cookie": signed.headers["set-cookie"].partition(";")[0]}

        async def has_ended() -> bool:
            return (await http.get(f"{API}/me", headers=shown)).status_code == 401

        await until(has_ended)
        assert datetime.now(UTC) >= datetime.fromisoformat(signed.json()["expires_at"])


async def test_a_session_ends_with_its_key(gate: Gateway) -> None:
    made = await key_of(gate, "anna")
    async with browser(gate) as http:
        remembered = await sign_in(http, made["key"], remember=True)
        assert "Max-Age=2592000" in remembered.headers["set-cookie"]
        assert (await http.get(f"{API}/me")).status_code == 200
        await root(gate, "DELETE", f"/keys/{made['key_id']}")
        assert (await http.get(f"{API}/me")).status_code == 401
        # One of the settings signs in too.
        assert (await sign_in(http, ROOT)).status_code == 201
        assert (await http.get(f"{API}/me")).json()["name"] == "settings:root"
        assert (await sign_in(http, "wrong")).status_code == 401
        assert (await http.post(SESSION, headers=CSRF)).status_code == 422


async def test_a_stream_of_a_browser_ends_when_it_signs_out(
    gate: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "RECHECK_S", 0.05)
    monkeypatch.setattr(keyring, "FRESH_S", 0.0)
    async with served(gate) as url, httpx.AsyncClient(base_url=url, timeout=30) as http:
        await sign_in(http, ROOT)
        async with http.stream("GET", f"{API}/events") as response, asyncio.timeout(20):
            lines = response.aiter_lines()
            await anext(lines)
            assert (await http.delete(SESSION, headers=CSRF)).status_code == 204
            async for _ in lines:
                pass


async def test_a_proxy_names_its_people(tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "auth": "proxy",
        "trusted_proxies": "10.0.0.2",
        "proxy_user_header": "Remote-User",
        "api_keys": f"root:{digest(ROOT)}",
    }
    async with gateway(tmp_path, **settings) as gate:
        await root(gate, "POST", "/principals", json={"name": "anna"})
        await root(gate, "POST", "/principals", json={"name": "robot", "kind": "service"})

        async def me(peer: str, who: str, method: str = "GET") -> tuple[int, str]:
            async with browser(gate, client=(peer, 1)) as http:
                path = "me" if method == "GET" else "conversations"
                headers = {"Remote-User": who}
                answer = await http.request(method, f"{API}/{path}", headers=headers)
                shown = answer.json()
                return answer.status_code, shown.get("name") or shown["code"]

        assert await me("10.0.0.2", "anna") == (200, "anna")
        for unknown in ("ben", "robot", "settings:root", "administrator", "x" * 200):
            assert await me("10.0.0.2", unknown) == (403, "unknown_person")
        assert await me("10.0.0.3", "anna") == (401, "unauthorized")
        assert await me("10.0.0.2", "anna", "POST") == (403, "csrf")
        # A session that has ended, which the browser still has, is not in the way.
        ended = {"Remote-User": "anna", "Cookie": "quire=ended"}
        async with browser(gate, "http", client=("10.0.0.2", 1)) as http:
            assert (await http.get(f"{API}/me", headers=ended)).json()["name"] == "anna"
        await root(gate, "PATCH", "/principals/anna", json={"state": "disabled"})
        assert await me("10.0.0.2", "anna") == (403, "unknown_person")


async def test_without_that_setting_the_header_of_a_proxy_has_no_effect(tmp_path: Path) -> None:
    proxies: dict[str, Any] = {"trusted_proxies": "10.0.0.2", "api_keys": f"root:{digest(ROOT)}"}
    async with (
        gateway(tmp_path, **proxies) as gate,
        browser(gate, client=("10.0.0.2", 1)) as http,
    ):
        named = await http.get(f"{API}/me", headers={"X-Forwarded-User": "settings:root"})
    assert named.status_code == 401


async def test_people_of_a_proxy_need_its_address(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="QUIRE_TRUSTED_PROXIES"):
        async with gateway(tmp_path, auth="proxy"):
            pass
