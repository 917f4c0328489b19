"""Every error is a problem document with a stable code and without internal details."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.responses import PlainTextResponse, StreamingResponse
from pydantic import BaseModel

from shared.domain import errors
from shared.http.app import (
    MAX_JSON_BYTES,
    StrictRoute,
    health_routes,
    install_problem_handlers,
)
from shared.http.middleware import CorrelationIdMiddleware, MetricsMiddleware, SecurityHeaders
from shared.http.problems import problem_of, refusal

SECRET = "a secret of the inside"


class Body(BaseModel):
    number: float
    rest: Any = None


def failing_app() -> FastAPI:
    router = APIRouter(route_class=StrictRoute)

    @router.get("/raise/{name}")
    async def raise_it(name: str) -> None:
        if name == "Refusal":
            raise refusal(418, "teapot", "Short and stout.", colour="blue")
        if name == "KeyError":
            raise KeyError(SECRET)
        raise getattr(errors, name)

    @router.get("/list")
    async def list_them(
        request: Request, collection: str = "", at_most: Annotated[int, Query(alias="limit")] = 1
    ) -> list[str]:
        return [collection] * at_most

    @router.get("/plain/{status}")
    async def plain(status: int) -> Response:
        return PlainTextResponse("no", status, {"Content-Range": "bytes */7"})

    @router.get("/endless")
    async def endless() -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            while True:
                yield b"more"
                await asyncio.sleep(0)

        return StreamingResponse(pieces(), headers={"X-Kind": "endless"})

    @router.post("/body")
    async def body(body: Body) -> dict[str, float]:
        return {"number": body.number}

    async def ready() -> dict[str, bool]:
        return {"database": True, "index": False}

    app = FastAPI()
    app.include_router(router)
    app.include_router(health_routes(ready))
    install_problem_handlers(app)
    app.add_middleware(MetricsMiddleware)
    app.add_middleware(CorrelationIdMiddleware)
    app.add_middleware(SecurityHeaders)
    return app


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=failing_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("UnsupportedType", 415, "unsupported_type"),
        ("EmptyFile", 422, "empty_file"),
        ("TooLarge", 413, "too_large"),
        ("Corrupt", 422, "corrupt"),
        ("Conflict", 409, "conflict"),
        ("Unavailable", 503, "unavailable"),
        ("IndexFailed", 503, "unavailable"),
        ("LeaseLost", 500, "internal"),
        ("Refusal", 418, "teapot"),
        ("KeyError", 500, "internal"),
    ],
)
async def test_each_error_has_its_status_and_code(
    http: httpx.AsyncClient, name: str, status: int, code: str
) -> None:
    response = await http.get(f"/raise/{name}", headers={"X-Correlation-ID": "abc-1"})
    problem = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["instance"] == f"/raise/{name}"
    assert problem["correlation_id"] == response.headers["x-correlation-id"] == "abc-1"
    assert SECRET not in response.text
    assert ("retry-after" in response.headers) == (status == 503)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/none", 404, "not_found"),
        ("PUT", "/body", 405, "method_not_allowed"),
        ("GET", "/plain/400", 400, "bad_request"),
        ("GET", "/plain/416", 416, "range_not_satisfiable"),
        ("GET", "/plain/599", 599, "http_error"),
    ],
)
async def test_unknown_addresses_are_answered_with_problems(
    http: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    response = await http.request(method, path)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers.get("content-range", "bytes */7") == "bytes */7"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"number": 1.5}', 200, None),
        (b'{"number": NaN}', 400, "invalid_json"),
        (b'{"number": Infinity}', 400, "invalid_json"),
        (b'{"number": 1e999}', 400, "invalid_json"),
        (b'{"number": 1, "rest": "\\ud800"}', 400, "invalid_json"),
        (b'{"number": 1, "rest": "\xff"}', 400, "invalid_json"),
        (b'{"number": 1, "rest": ' + b"[" * 100_000, 400, "invalid_json"),
        (b"{", 400, "invalid_json"),
        (b'{"number": "many"}', 422, "invalid_request"),
        (b"[]", 422, "invalid_request"),
        (b"", 422, "invalid_request"),
        (b" " * (MAX_JSON_BYTES + 1), 413, "too_large"),
    ],
)
async def test_invalid_json_numbers_and_nesting_are_refused(
    http: httpx.AsyncClient, body: bytes, status: int, code: str | None
) -> None:
    response = await http.post("/body", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == status
    assert response.json().get("code") == code


@pytest.mark.parametrize("query", ["colection=hr", "limit=1&x=", "at_most=1", "%00=1", "a" * 9000])
async def test_an_unknown_query_parameter_is_refused_by_name(
    http: httpx.AsyncClient, query: str
) -> None:
    response = await http.get(f"/list?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "unknown_parameter")
    assert "takes only `collection`, `limit`" in response.json()["detail"]
    assert len(response.content) < 1000


async def test_known_query_parameters_are_accepted(http: httpx.AsyncClient) -> None:
    assert (await http.get("/list?collection=hr&limit=2")).json() == ["hr", "hr"]
    assert (await http.get("/list")).json() == [""]


async def test_head_is_answered_like_get_without_its_body(http: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/list?collection=hr", "/none"):
        head, got = await http.head(path), await http.get(path)
        assert (head.status_code, head.content) == (got.status_code, b"")
        assert head.headers["content-length"] == got.headers["content-length"]


async def test_head_of_an_endless_response_ends(http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(10):
        response = await http.head("/endless")
    assert (response.status_code, response.headers["x-kind"]) == (200, "endless")


async def test_the_allowed_methods_of_a_405_have_head(http: httpx.AsyncClient) -> None:
    assert (await http.put("/list")).headers["allow"] == "GET, HEAD"
    assert (await http.head("/body")).status_code == 405


async def test_the_problem_names_invalid_fields_without_their_values(
    http: httpx.AsyncClient,
) -> None:
    response = await http.post("/body", json={"number": SECRET})
    assert response.json()["errors"][0]["field"] == "body.number"
    assert SECRET not in response.text


@pytest.mark.parametrize("given", ["a b", "x" * 65, "<script>", ""])
async def test_an_invalid_correlation_id_is_replaced(http: httpx.AsyncClient, given: str) -> None:
    response = await http.get("/healthz", headers={"X-Correlation-ID": given})
    assert response.headers["x-correlation-id"] not in ("", given)


async def test_responses_have_security_headers(http: httpx.AsyncClient) -> None:
    headers = (await http.get("/none")).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]


async def test_the_problem_names_the_check_that_failed(http: httpx.AsyncClient) -> None:
    response = await http.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"] == {"database": True, "index": False}


async def test_metrics_are_counted_by_route_template(http: httpx.AsyncClient) -> None:
    for name in ("Conflict", "TooLarge", "none-of-these"):
        await http.get(f"/raise/{name}")
    await http.get("/made-up/4711")
    await http.request("BREW", "/made-up/4712")
    text = (await http.get("/metrics")).text
    assert 'route="/raise/{name}",status="409"' in text
    assert 'route="unmatched",status="404"' in text
    assert 'method="other"' in text
    # Checked in the labels only, because values contain any digits.
    assert "4711" not in "".join(re.findall(r"\{[^}]*\}", text))


def test_a_problem_with_lone_surrogates_is_encoded() -> None:
    body = problem_of(refusal(400, "x", "\ud800")).body(instance="/\ud800", correlation_id="c")
    assert json.loads(body)["code"] == "x"
