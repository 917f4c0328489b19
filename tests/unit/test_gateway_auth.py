"""Accepted and rejected requests, with API keys and without."""

from __future__ import annotations

import hashlib

import httpx
import pytest

from shared.domain.errors import SettingsError
from shared.http.auth import ApiKeyMiddleware, parse_keys
from shared.http.cross_site import CrossSiteGuard
from shared.http.middleware import Receive, Scope, Send


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


KEYS = f"anna:{digest('secret-a')}, ben:{digest('secret-b').upper()}"


async def answer_caller(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["state"]["caller"].encode()})


async def open_to_all(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"alive"})


def asking(keys: str, host: str = "localhost") -> httpx.AsyncClient:
    authenticated = ApiKeyMiddleware(answer_caller, parse_keys(keys))
    transport = httpx.ASGITransport(app=CrossSiteGuard(authenticated, check_host=not keys))
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}")


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        ("Bearer secret-a", (200, "anna")),
        ("bearer  secret-b", (200, "ben")),
        ("Bearer secret-c", (401, None)),
        ("Bearer ", (401, None)),
        ("Bearer " + digest("secret-a"), (401, None)),
        ("Basic secret-a", (401, None)),
        ("secret-a", (401, None)),
        (None, (401, None)),
    ],
)
async def test_only_a_valid_key_is_accepted(
    authorization: str | None, expected: tuple[int, str | None]
) -> None:
    async with asking(KEYS) as http:
        headers = {"Authorization": authorization} if authorization else {}
        response = await http.get("/api/v1/documents", headers=headers)
    assert response.status_code == expected[0]
    if expected[1] is None:
        assert response.headers["www-authenticate"].startswith("Bearer")
        assert response.json()["code"] == "unauthorized"
    else:
        assert response.text == expected[1]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_requires_no_key(path: str) -> None:
    transport = httpx.ASGITransport(app=ApiKeyMiddleware(open_to_all, parse_keys(KEYS)))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        assert (await http.get(path)).status_code == 200
        assert (await http.get("/metrics")).status_code == 401


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("localhost:8000", 200),
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("quire", 200),
        ("quire.localhost", 200),
        ("attacker.example", 403),
        ("127.0.0.1.attacker.example:8000", 403),
    ],
)
async def test_without_keys_domain_names_are_rejected(host: str, status: int) -> None:
    async with asking("", host) as http:
        assert (await http.get("/api/v1/documents")).status_code == status


@pytest.mark.parametrize(
    ("method", "origin", "status"),
    [
        ("POST", None, 200),
        ("POST", "http://localhost", 200),
        ("POST", "http://attacker.example", 403),
        ("POST", "null", 403),
        ("POST", "http://[", 403),
        ("DELETE", "http://localhost:9", 403),
        ("GET", "http://attacker.example", 200),
    ],
)
async def test_requests_of_foreign_web_pages_are_rejected(
    method: str, origin: str | None, status: int
) -> None:
    async with asking("") as http:
        headers = {"Origin": origin} if origin else {}
        response = await http.request(method, "/api/v1/documents", headers=headers)
    assert response.status_code == status


@pytest.mark.parametrize("text", ["anna", "anna:123", f":{'0' * 64}", f"anna:{'0' * 63}g"])
def test_the_error_of_an_invalid_entry_does_not_repeat_it(text: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        parse_keys(text)
    assert text not in wrong.value.message


def test_empty_entries_are_ignored() -> None:
    assert parse_keys(" , ") == {}


async def test_an_address_that_keeps_sending_wrong_keys_waits_for_each_answer() -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    now = [0.0]
    app = ApiKeyMiddleware(answer_caller, parse_keys(KEYS), clock=lambda: now[0], sleep=sleep)

    async def send(key: str, address: str) -> int:
        transport = httpx.ASGITransport(app=app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            return (await http.get("/", headers={"Authorization": f"Bearer {key}"})).status_code

    for _ in range(10):
        assert await send("wrong", "10.0.0.1") == 401
    assert waited == []
    assert await send("wrong", "10.0.0.1") == 401
    assert waited == [1.0]
    assert await send("secret-a", "10.0.0.1") == 200
    assert await send("wrong", "10.0.0.2") == 401
    now[0] = 61.0
    assert await send("wrong", "10.0.0.1") == 401
    assert waited == [1.0]
