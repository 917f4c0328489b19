"""Attempts to get in that are refused are in the audit log, whichever way they came."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from tests.support.callers import digest
from tests.support.gateway import Gateway, gateway, served
from tests.support.http_client import API
from tests.support.wait import until
from tests.support.websocket import socket

ROOT = "root-key"
BEARER = {"Authorization": f"Bearer {ROOT}"}


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Gateway]:
    settings: dict[str, Any] = {
        "auth": "proxy",
        "trusted_proxies": "127.0.0.1",
        "api_keys": f"root:{digest(ROOT)}",
    }
    async with gateway(tmp_path, **settings) as started:
        yield started


async def refused(gate: Gateway) -> list[tuple[str, str, str]]:
    """Return action, principal and object of what was refused, once some is."""
    found: list[dict[str, Any]] = []

    async def is_stored() -> bool:
        answer = await gate.http.get(f"{API}/audit?limit=200", headers=BEARER)
        found[:] = [each for each in answer.json()["entries"] if each["result"] == "refused"]
        return bool(found)

    await until(is_stored)
    assert {each["address"] for each in found} == {"127.0.0.1"}
    return [(each["action"], each["principal_id"], each["object"]) for each in found]


@pytest.mark.parametrize("as_message", [False, True])
async def test_a_wrong_key_over_a_websocket(gate: Gateway, as_message: bool) -> None:
    async with served(gate) as url:
        if as_message:
            async with socket(url) as client:
                assert (await client.ask("auth", key="wrong"))["code"] == "unauthorized"
        else:
            with pytest.raises(InvalidStatus):
                async with socket(url, key="wrong"):
                    pass
    assert await refused(gate) == [("key.refused", "", "key")]


async def test_a_key_that_may_not_open_a_websocket(gate: Gateway) -> None:
    made = {"name": "scraper", "kind": "service", "roles": ["metrics"]}
    who = (await gate.http.post(f"{API}/principals", json=made, headers=BEARER)).json()
    key = (
        await gate.http.post(f"{API}/keys", json={"principal": "scraper"}, headers=BEARER)
    ).json()
    async with served(gate) as url, socket(url) as client:
        assert (await client.ask("auth", key=key["key"]))["code"] == "forbidden"
    what = f"WEBSOCKET {API}/ws"
    assert await refused(gate) == [("request.refused", who["principal_id"], what)]


async def test_a_password(gate: Gateway) -> None:
    answer = await gate.http.get(f"{API}/me", auth=("anna", "password"))
    assert answer.status_code == 401
    assert await refused(gate) == [("key.refused", "", "key")]


async def test_a_person_of_the_proxy_whom_nobody_added(gate: Gateway) -> None:
    answer = await gate.http.get(f"{API}/me", headers={"X-Forwarded-User": "mallory"})
    assert answer.json()["code"] == "unknown_person"
    assert await refused(gate) == [("person.refused", "", "person")]


async def test_a_change_without_the_header_of_the_page(gate: Gateway) -> None:
    signed = await gate.http.post(f"{API}/session", headers=BEARER)
    assert signed.status_code == 201
    answer = await gate.http.post(f"{API}/conversations", json={})
    assert answer.json()["code"] == "csrf"
    who = (await gate.http.get(f"{API}/me")).json()["principal_id"]
    assert await refused(gate) == [("request.refused", who, f"POST {API}/conversations")]


async def test_a_session_that_has_ended_is_no_attempt(gate: Gateway) -> None:
    ended: httpx.Response = await gate.http.get(f"{API}/me", headers={"Cookie": "quire=ended"})
    assert ended.status_code == 401
    await gate.http.get(f"{API}/me", headers={"Authorization": "Bearer wrong"})
    assert await refused(gate) == [("key.refused", "", "key")]
