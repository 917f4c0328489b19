"""The query service believes the gateway, and nobody else if both have a key."""

from __future__ import annotations

import httpx
import pytest

from services.gateway.app import ASKING
from shared.domain.caller import Caller, asking
from shared.http.middleware import Receive, Scope, Send
from shared.http.trusted_caller import HEADER, VALID_S, TrustedCaller, open_seal, seal

PATH = "/api/v1/query"
ANNA = Caller(
    "a",
    "anna",
    roles=frozenset({"operator"}),
    limit="read",
    collections=("hr", "sops"),
    key_id="k",
    address="10.0.0.1",
)


@pytest.mark.parametrize("caller", [ANNA, Caller("b", "ben", limit=None)])
def test_a_sealed_caller_is_the_same_when_opened(caller: Caller) -> None:
    sealed = seal(caller, "POST", PATH, "key", 100.0)
    assert open_seal(sealed, "POST", PATH, "key", 100.0 + VALID_S) == caller


@pytest.mark.parametrize(
    ("method", "path", "key", "now"),
    [
        ("GET", PATH, "key", 100.0),
        ("POST", f"{PATH}/logs", "key", 100.0),
        ("POST", PATH, "other", 100.0),
        ("POST", PATH, "", 100.0),
        ("POST", PATH, "key", 100.0 + VALID_S + 1),
        ("POST", PATH, "key", 100.0 - VALID_S - 1),
    ],
)
def test_a_seal_of_another_request_key_or_time_is_refused(
    method: str, path: str, key: str, now: float
) -> None:
    sealed = seal(ANNA, "POST", PATH, "key", 100.0)
    assert open_seal(sealed, method, path, key, now) is None


@pytest.mark.parametrize("value", [b"", b".", b"e30.", b"not a seal", b"\xff.\xff"])
def test_what_is_no_seal_is_refused(value: bytes) -> None:
    assert open_seal(value, "POST", PATH, "", 100.0) is None


def test_a_changed_caller_is_refused() -> None:
    _, _, signature = seal(ANNA, "POST", PATH, "key", 100.0).rpartition(b".")
    said, _, _ = seal(Caller("root", "root", opens_all=True), "POST", PATH, "", 100.0).rpartition(
        b"."
    )
    assert open_seal(said + b"." + signature, "POST", PATH, "key", 100.0) is None


async def answer_caller(scope: Scope, receive: Receive, send: Send) -> None:
    name = "nobody" if scope["path"] == "/healthz" else asking().name
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": name.encode()})


@pytest.mark.parametrize("path", [PATH, *ASKING])
async def test_only_requests_of_the_gateway_reach_documents(path: str) -> None:
    app = TrustedCaller(answer_caller, key="key", clock=lambda: 100.0)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://query") as http:
        headers = {HEADER.decode(): seal(ANNA, "GET", path, "key", 100.0).decode()}
        assert (await http.get(path, headers=headers)).text == "anna"
        refused = await http.get(path)
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
        assert (await http.get("/healthz")).text == "nobody"
