"""Requests are rationed by caller and kind, and what is refused says when to try again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from shared.domain.caller import administrator
from shared.http.admission import Admission, Rations, TokenBucket
from shared.http.middleware import Receive, Scope, Send
from tests.support.gateway import gateway
from tests.support.http_client import API
from tests.support.wait import until


class Slow:
    """An application that answers once `gate` is open."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.running += 1
        await self.gate.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})


class Keyed:
    """Names the caller by the header `who`, as the check of API keys does."""

    def __init__(self, app: Admission) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        who = dict(scope["headers"]).get(b"who", b"").decode()
        scope["state"] = {"caller": administrator(who, who)} if who else {}
        await self._app(scope, receive, send)


def kind_of(scope: Scope) -> str | None:
    return None if scope["path"] == "/stream" else str(scope["path"])


def client(app: Slow, **rations: object) -> httpx.AsyncClient:
    admission = Admission(
        app,
        rations=Rations(**rations),  # type: ignore[arg-type]
        kind_of=kind_of,
        clock=lambda: 0.0,
    )
    transport = httpx.ASGITransport(app=Keyed(admission))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


async def test_a_caller_has_only_so_many_requests_at_once() -> None:
    app = Slow()
    async with client(app, at_once=2) as http:
        first = [asyncio.create_task(http.get("/a", headers={"who": "ann"})) for _ in range(2)]
        await until(lambda: app.running == 2)
        refused = await http.get("/a", headers={"who": "ann"})
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_at_once")
        assert refused.headers["retry-after"] == "1"
        other = asyncio.create_task(http.get("/a", headers={"who": "bob"}))
        await until(lambda: app.running == 3)
        app.gate.set()
        for each in [*first, other]:
            assert (await each).status_code == 200
        assert (await http.get("/a", headers={"who": "ann"})).status_code == 200


async def test_a_kind_of_request_has_a_number_at_once_for_all_callers() -> None:
    app = Slow()
    async with client(app, of_kind={"/a": 1}) as http:
        first = asyncio.create_task(http.get("/a", headers={"who": "ann"}))
        await until(lambda: app.running == 1)
        refused = await http.get("/a", headers={"who": "bob"})
        assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
        assert refused.headers["retry-after"] == "1"
        app.gate.set()
        assert (await first).status_code == 200
        assert (await http.get("/b")).status_code == 200


async def test_a_caller_has_a_rate_that_others_do_not_use_up() -> None:
    app = Slow()
    app.gate.set()
    async with client(app, per_second=2) as http:
        codes = [(await http.get("/a", headers={"who": "ann"})).status_code for _ in range(3)]
        assert codes == [200, 200, 429]
        assert (await http.get("/a", headers={"who": "bob"})).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/stream"])
async def test_health_and_streams_are_not_rationed(path: str) -> None:
    app = Slow()
    app.gate.set()
    async with client(app, per_second=0.01, at_once=1) as http:
        assert [(await http.get(path)).status_code for _ in range(3)] == [200, 200, 200]


def test_a_bucket_fills_with_time_up_to_one_second() -> None:
    bucket = TokenBucket(4.0, now=0.0)
    assert [bucket.wait_s(0.0) for _ in range(5)] == [0, 0, 0, 0, 0.25]
    assert bucket.wait_s(0.25) == 0
    assert [bucket.wait_s(100.0) for _ in range(5)] == [0, 0, 0, 0, 0.25]


async def test_the_gateway_refuses_a_caller_that_is_too_fast(tmp_path: Path) -> None:
    async with gateway(tmp_path, requests_per_second=1) as gate:
        assert (await gate.http.get(f"{API}/documents")).status_code == 200
        refused = await gate.http.get(f"{API}/documents")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        assert refused.headers["content-type"] == "application/problem+json"
        assert (await gate.http.get("/healthz")).status_code == 200
        assert 'code="too_many_requests"' in (await gate.http.get("/metrics")).text
