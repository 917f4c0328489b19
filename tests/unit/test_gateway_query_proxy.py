"""Questions are passed on, repeated once if a replica dies, and cancelled with their client."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from urllib.parse import unquote

import httpx
import pytest

from services.gateway import query_proxy
from services.gateway.query_proxy import QueryProxy
from shared.domain.caller import LOCAL
from shared.domain.errors import Unavailable
from shared.http.app import MAX_JSON_BYTES
from shared.http.middleware import (
    App,
    CorrelationIdMiddleware,
    Message,
    Receive,
    Scope,
    Send,
    route,
)
from shared.http.trusted_caller import open_seal
from tests.support.callers import working_for

PATH = "/api/v1/query"
ROUTES = [PATH, f"{PATH}/{{query_id}}/feedback", f"{PATH}/logs", "/metrics", "/healthz"]


class Upstream(httpx.AsyncBaseTransport):
    """Answers each request with the next of `answers`, and raises those that are exceptions.

    It describes `routes` whenever it is asked for its description, unless they are None.
    """

    def __init__(
        self,
        *answers: Callable[[httpx.Request], httpx.Response] | Exception,
        routes: list[str] | None = ROUTES,
    ) -> None:
        self._answers = list(answers)
        self.routes = routes
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        if request.url.path == "/openapi.json":
            if self.routes is None:
                raise httpx.ConnectError("not started")
            return httpx.Response(200, json={"paths": dict.fromkeys(self.routes)})
        if not self._answers:
            raise httpx.ConnectError("no replica is left")
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer(request)


def says(text: str, status: int = 200) -> Callable[[httpx.Request], httpx.Response]:
    headers = {"x-answered-by": "query"}
    stream = httpx.ByteStream(text.encode())
    return lambda _: httpx.Response(status, stream=stream, headers=headers)


async def ask(upstream: Upstream, body: bytes = b'{"query": "why"}') -> httpx.Response:
    proxy = QueryProxy("http://query", service_key="common", transport=upstream)
    app = CorrelationIdMiddleware(working_for(LOCAL, proxy))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        return await http.post(PATH, content=body, headers={"authorization": "Bearer secret"})


async def test_the_response_is_passed_on_unchanged() -> None:
    upstream = Upstream(says("because", 201))
    answer = await ask(upstream)
    assert (answer.status_code, answer.text) == (201, "because")
    assert answer.headers["x-answered-by"] == "query"
    (sent,) = upstream.requests
    assert (sent.url.path, sent.content) == (PATH, b'{"query": "why"}')
    assert sent.headers["x-correlation-id"] == answer.headers["x-correlation-id"]


async def test_the_clients_key_is_not_passed_on() -> None:
    upstream = Upstream(says("because"))
    await ask(upstream)
    assert "authorization" not in upstream.requests[0].headers


async def test_the_query_service_is_told_who_asks() -> None:
    upstream = Upstream(says("because"))
    await ask(upstream)
    sealed = upstream.requests[0].headers["x-quire-caller"].encode()
    assert open_seal(sealed, "POST", PATH, "common", time.time()) == LOCAL
    assert open_seal(sealed, "POST", PATH, "another", time.time()) is None


@pytest.mark.parametrize("error", [httpx.ConnectError("no"), httpx.RemoteProtocolError("cut")])
async def test_a_request_is_repeated_once_if_a_replica_dies(error: Exception) -> None:
    upstream = Upstream(error, says("because"))
    assert (await ask(upstream)).text == "because"
    assert len(upstream.requests) == 2


async def test_without_a_replica_the_response_is_503_with_retry_after() -> None:
    answer = await ask(Upstream(httpx.ConnectError("no"), httpx.ConnectError("no")))
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0


async def test_a_slow_request_is_not_repeated() -> None:
    upstream = Upstream(httpx.ReadTimeout("slow"))
    assert (await ask(upstream)).status_code == 503
    assert len(upstream.requests) == 1


async def test_a_body_that_is_too_large_is_not_passed_on() -> None:
    upstream = Upstream()
    assert (await ask(upstream, b"x" * (MAX_JSON_BYTES + 1))).status_code == 413


async def test_the_api_description_of_the_query_service_is_read_when_it_is_ready() -> None:
    upstream = Upstream(says("ready"), says("not yet", 503), routes=None)
    forward = QueryProxy("http://query", transport=upstream)
    assert not await forward.ready()
    assert forward.openapi() == {}
    upstream.routes = ROUTES
    assert await forward.ready()
    assert "/api/v1/query" in forward.openapi()["paths"]
    assert not await forward.ready()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (PATH, PATH),
        (f"{PATH}/logs", f"{PATH}/logs"),
        (f"{PATH}/7f/feedback", f"{PATH}/{{query_id}}/feedback"),
        (f"{PATH}/7f/else", "unmatched"),
    ],
)
async def test_passed_requests_are_counted_by_the_routes_of_the_query_service(
    path: str, name: str
) -> None:
    counted: list[str] = []
    await called(Upstream(says("because")), path, counted)
    assert counted == [name]


@pytest.mark.parametrize(
    "path",
    [
        f"{PATH}/../../../metrics",
        f"{PATH}/%2e%2e/%2e%2e/%2e%2e/metrics",
        f"{PATH}/../feedback",
        f"{PATH}/./feedback",
        f"{PATH}/%2E./feedback",
        f"{PATH}/else",
        f"{PATH}//feedback/",
        f"{PATH}/",
    ],
)
async def test_an_address_that_the_query_service_does_not_describe_is_not_passed_on(
    path: str,
) -> None:
    upstream = Upstream(says("secret"))
    status, body = await called(upstream, path)
    assert (status, json.loads(body)["code"]) == (404, "not_found")
    assert not upstream.requests


async def test_the_address_that_is_matched_is_the_one_that_is_passed_on() -> None:
    upstream = Upstream(says("because"))
    await called(upstream, f"{PATH}/a%3Fb%2525/feedback")
    sent, _, _ = upstream.requests[0].url.raw_path.partition(b"?")
    assert sent == f"{PATH}/a%3Fb%2525/feedback".encode()


async def test_before_the_query_service_has_described_itself_questions_are_503() -> None:
    upstream = Upstream(says("because"), routes=None)
    assert (await ask(upstream)).status_code == 503
    assert not upstream.requests


async def test_routes_of_a_newer_query_service_become_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(query_proxy, "DESCRIPTION_S", 0)
    upstream = Upstream(says("because"), says("new"))
    forward = QueryProxy("http://query", transport=upstream)
    assert (await called(forward, PATH))[1] == b"because"
    upstream.routes = [*ROUTES, f"{PATH}/new"]
    assert (await called(forward, f"{PATH}/new"))[1] == b"new"


async def called(
    upstream: Upstream | QueryProxy, raw_path: str, counted: list[str] | None = None
) -> tuple[int, bytes]:
    """Call the proxy with a path exactly as given, which HTTP clients would normalise."""
    proxy: App = (
        QueryProxy("http://query", transport=upstream)
        if isinstance(upstream, Upstream)
        else upstream
    )
    arriving: list[Message] = [{"type": "http.request", "body": b""}]
    messages: list[Message] = []

    async def receive() -> Message:
        return arriving.pop() if arriving else await asyncio.Future()

    async def send(message: Message) -> None:
        messages.append(message)

    scope: Scope = {
        "type": "http",
        "method": "GET",
        "path": unquote(raw_path),
        "raw_path": raw_path.encode(),
        "headers": [],
        "state": {},
    }
    await working_for(LOCAL, proxy)(scope, receive, send)
    if counted is not None:
        counted.append(route(scope))
    return messages[0]["status"], b"".join(each.get("body", b"") for each in messages[1:])


async def test_a_disconnected_client_cancels_its_question() -> None:
    ended, begun = asyncio.Event(), asyncio.Event()

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            begun.set()
            while True:
                yield b"more "
                await asyncio.sleep(0)

        async def aclose(self) -> None:
            ended.set()

    async def receive() -> Message:
        if not received:
            received.append(True)
            return {"type": "http.request", "body": b"{}"}
        await begun.wait()
        return {"type": "http.disconnect"}

    async def send(_: Message) -> None:
        pass

    received: list[bool] = []
    forward = QueryProxy(
        "http://query", transport=Upstream(lambda _: httpx.Response(200, stream=Endless()))
    )
    scope: Scope = {"type": "http", "method": "POST", "path": PATH, "headers": [], "state": {}}
    call: Callable[[Scope, Receive, Send], object] = forward
    assert call is forward
    await asyncio.wait_for(working_for(LOCAL, forward)(scope, receive, send), 10)
    assert ended.is_set()


async def test_the_encoder_of_the_index_is_asked_from_the_query_service() -> None:
    forward = QueryProxy(
        "http://query",
        transport=Upstream(
            httpx.ConnectError("no"),
            says("starting", 503),
            lambda _: httpx.Response(
                200, stream=httpx.ByteStream(b'{"name": "e1", "dimension": 384}')
            ),
        ),
    )
    for _ in range(2):
        with pytest.raises(Unavailable, match="encoder of the index is unknown"):
            await forward.encoder()
    assert await forward.encoder() == ("e1", 384)


async def test_the_faults_of_read_models_are_asked_from_the_query_service() -> None:
    forward = QueryProxy(
        "http://query",
        transport=Upstream(
            httpx.ConnectError("no"),
            lambda _: httpx.Response(200, stream=httpx.ByteStream(b'{"problems": ["keywords"]}')),
        ),
    )
    assert await forward.read_model_problems() == [
        "The query service does not answer, so its read models are unknown."
    ]
    assert await forward.read_model_problems() == ["keywords"]
