"""Services call each other with a key; health and metrics need none."""

from __future__ import annotations

import httpx
import pytest
from pydantic import SecretStr

from services.gateway.page_client import PageClient
from services.gateway.query_proxy import QueryProxy
from shared.domain.page_views import PageViewRequest
from shared.http.middleware import Receive, Scope, Send
from shared.http.problems import Refusal
from shared.http.service_key import HEADER, ServiceKeyMiddleware, service_headers

KEY = SecretStr("between services")


async def reached(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


async def status(path: str, key: SecretStr, headers: dict[str, str]) -> int:
    app = ServiceKeyMiddleware(reached, key)
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://query") as client:
        return (await client.get(path, headers=headers)).status_code


@pytest.mark.parametrize(
    ("path", "sent", "expected"),
    [
        ("/encoder", None, 401),
        ("/encoder", "another", 401),
        ("/encoder", "between services", 200),
        ("/openapi.json", None, 401),
        ("/healthz", None, 200),
        ("/readyz", None, 200),
        ("/metrics", None, 200),
        ("/metrics/", None, 401),
    ],
)
async def test_only_calls_with_the_key_pass(path: str, sent: str | None, expected: int) -> None:
    headers = {} if sent is None else {HEADER: sent}
    assert await status(path, KEY, headers) == expected


async def test_without_a_key_all_calls_pass() -> None:
    assert service_headers(SecretStr("")) == {}
    assert await status("/encoder", SecretStr(""), {}) == 200


async def test_the_gateway_sends_the_key_to_the_query_service() -> None:
    seen: list[str | None] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get(HEADER))
        return httpx.Response(200, json={"name": "model", "dimension": 3})

    transport = httpx.MockTransport(answer)
    proxy = QueryProxy("http://query", service_key=KEY.get_secret_value(), transport=transport)
    assert await proxy.encoder() == ("model", 3)
    await proxy.close()
    assert seen == ["between services"]


async def test_pages_are_drawn_for_the_gateway_alone() -> None:
    app = ServiceKeyMiddleware(reached, KEY)
    request = PageViewRequest(blob_key="key", file_type="pdf", page=1, view="words")
    allowed = PageClient("http://extractor", headers=service_headers(KEY), app=app)
    assert await allowed.fetch(request) == b"{}"
    refused = PageClient("http://extractor", app=app)
    with pytest.raises(Refusal, match="QUIRE_SERVICE_KEY"):
        await refused.fetch(request)
    await allowed.close()
    await refused.close()
