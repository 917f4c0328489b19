"""Accepted and rejected requests, with API keys and without."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import pytest

from shared.domain.caller import LOCAL, Caller, administrator, asking, caller_of
from shared.domain.errors import SettingsError, Unavailable
from shared.http import auth
from shared.http.auth import ApiKeyMiddleware, parse_keys
from shared.http.cross_site import CrossSiteGuard
from shared.http.middleware import Message, Receive, Scope, Send
from tests.support.callers import Known, digest

KEYS = {
    "secret-a": administrator("a", "anna"),
    "secret-b": administrator("b", "ben"),
}

PUBLIC = "https://quire.example.org:443/"


async def answer_caller(scope: Scope, receive: Receive, send: Send) -> None:
    assert scope["state"]["caller"] == asking()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": asking().name.encode()})


async def open_to_all(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"alive"})


def client(required: bool, host: str = "localhost") -> httpx.AsyncClient:
    authenticated = ApiKeyMiddleware(answer_caller, Known(KEYS), required=required)
    guarded = CrossSiteGuard(authenticated, check_host=not required, public_url=PUBLIC)
    transport = httpx.ASGITransport(app=guarded)
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
    async with client(True) as http:
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
    transport = httpx.ASGITransport(app=ApiKeyMiddleware(open_to_all, Known(KEYS), required=True))
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
        ("quire", 403),
        ("quire.example.org", 200),
        ("quire.example.org:8000", 200),
        ("quire.localhost", 200),
        ("attacker.example", 403),
        ("127.0.0.1.attacker.example:8000", 403),
    ],
)
async def test_without_keys_names_of_other_servers_are_rejected(host: str, status: int) -> None:
    async with client(False, host) as http:
        assert (await http.get("/api/v1/documents")).status_code == status


@pytest.mark.parametrize(
    ("method", "origin", "status"),
    [
        ("POST", None, 200),
        ("POST", "http://localhost", 200),
        ("POST", "http://localhost:80", 200),
        ("POST", "https://localhost:80", 403),
        ("POST", "https://quire.example.org:443", 200),
        ("POST", "https://quire.example.org:8443", 403),
        ("POST", "http://attacker.example", 403),
        ("POST", "https://quire.example.org", 200),
        ("POST", "null", 403),
        ("POST", "http://[", 403),
        ("DELETE", "http://localhost:9", 403),
        ("GET", "http://attacker.example", 200),
    ],
)
async def test_requests_of_foreign_web_pages_are_rejected(
    method: str, origin: str | None, status: int
) -> None:
    async with client(False) as http:
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


def test_entries_are_read_by_their_hash() -> None:
    text = f"anna:{digest('secret-a')}, ben:{digest('secret-b').upper()}"
    assert parse_keys(text) == {digest("secret-a"): "anna", digest("secret-b"): "ben"}


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        (None, (200, LOCAL.name)),
        ("Bearer secret-a", (200, "anna")),
        ("Bearer secret-c", (401, None)),
        ("Basic secret-a", (401, None)),
    ],
)
async def test_where_no_key_is_asked_for_one_that_is_sent_is_checked(
    authorization: str | None, expected: tuple[int, str | None]
) -> None:
    async with client(False) as http:
        headers = {"Authorization": authorization} if authorization else {}
        response = await http.get("/api/v1/documents", headers=headers)
    assert response.status_code == expected[0]
    assert expected[1] is None or response.text == expected[1]


async def test_the_caller_knows_from_where_it_asks() -> None:
    seen: list[Caller] = []

    async def see(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(asking())
        await open_to_all(scope, receive, send)

    app = ApiKeyMiddleware(see, Known(KEYS), required=True)
    transport = httpx.ASGITransport(app=app, client=("10.1.2.3", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        await http.get("/", headers={"Authorization": "Bearer secret-a"})
    assert (seen[0].principal_id, seen[0].address) == ("a", "10.1.2.3")


class Away:
    """`Callers` whose database can't be reached."""

    async def caller(self, key_hash: str) -> Caller | None:
        raise Unavailable

    of_session = named = caller


async def test_a_key_that_can_not_be_looked_up_is_not_called_wrong() -> None:
    app = ApiKeyMiddleware(answer_caller, Away(), required=True)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        response = await http.get("/", headers={"Authorization": "Bearer secret-a"})
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")


CARLA = caller_of("c", "carla", ["admin"], key_id="k")
DEMOTED = caller_of("c", "carla", [], key_id="k")


@pytest.mark.parametrize(
    ("kind", "begins", "then", "ends"),
    [
        ("http", True, None, {"type": "http.response.body", "body": b"", "more_body": False}),
        ("http", False, None, {"type": "http.response.start", "status": 401}),
        ("websocket", True, None, {"type": "websocket.close", "code": 1008}),
        ("http", True, DEMOTED, {"type": "http.response.body", "body": b"", "more_body": False}),
        ("http", False, DEMOTED, {"type": "http.response.start", "status": 403}),
        ("websocket", True, DEMOTED, {"type": "websocket.close", "code": 1008}),
    ],
)
async def test_a_request_that_lasts_ends_when_its_key_is_revoked_or_opens_less(
    monkeypatch: pytest.MonkeyPatch, kind: str, begins: bool, then: Caller | None, ends: Message
) -> None:
    monkeypatch.setattr(auth, "RECHECK_S", 0.01)
    callers = Known({"secret": CARLA})
    waiting, ended = asyncio.Event(), asyncio.Event()
    sent: list[Message] = []

    async def last(scope: Scope, receive: Receive, send: Send) -> None:
        if begins:
            accept = {"type": "websocket.accept"}
            start = {"type": "http.response.start", "status": 200, "headers": []}
            await send(start if kind == "http" else accept)
        waiting.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        await asyncio.Event().wait()
        return {}

    app = ApiKeyMiddleware(last, callers, required=True)
    headers = [(b"authorization", b"Bearer secret")]
    scope = {"type": kind, "path": "/", "method": "GET", "headers": headers, "scheme": "http"}
    running = asyncio.create_task(app(scope, receive, send))
    await waiting.wait()
    await callers.asked_again()
    assert not running.done()
    callers.change("secret", replace(CARLA, name="Carla B."))  # a new name ends nothing
    await callers.asked_again()
    assert not running.done()
    callers.change("secret", then)
    await running
    assert ended.is_set()
    assert sent[-1 if begins else 0].items() >= ends.items()


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ({"Authorization": "Bearer secret-a"}, {"Authorization": "Bearer wrong"}),
        ({"Cookie": "quire=secret-a"}, {"Cookie": "quire=guessed"}),
    ],
)
async def test_an_address_that_keeps_sending_wrong_credentials_waits_for_each_answer(
    right: dict[str, str], wrong: dict[str, str]
) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    now = [0.0]
    app = ApiKeyMiddleware(
        answer_caller, Known(KEYS), required=True, clock=lambda: now[0], sleep=sleep
    )

    async def send(headers: dict[str, str], address: str) -> int:
        transport = httpx.ASGITransport(app=app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            return (await http.get("/", headers=headers)).status_code

    for _ in range(10):
        assert await send(wrong, "10.0.0.1") == 401
    assert waited == []
    assert await send(wrong, "10.0.0.1") == 401
    assert waited == [1.0]
    assert await send(right, "10.0.0.1") == 200
    assert await send(wrong, "10.0.0.2") == 401
    now[0] = 61.0
    assert await send(wrong, "10.0.0.1") == 401
    assert waited == [1.0]
