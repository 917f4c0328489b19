"""Parts of every HTTP application: problem responses, strict JSON bodies, health routes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Route

from shared.domain.errors import QuireError
from shared.http import middleware
from shared.http.conformance import ErrorsAsProblems, HeadAsGet
from shared.http.problems import (
    MEDIA_TYPE,
    UNEXPECTED,
    Problem,
    Refusal,
    code_of_status,
    message_of,
    problem_of,
    refusal,
)
from shared.telemetry.metrics import render_metrics

log = logging.getLogger(__name__)

# Bytes of one JSON body: room for a question with all its filters; uploads are not JSON.
MAX_JSON_BYTES = 1024 * 1024
# Seconds for all readiness checks together: less than the 6 s of the Kubernetes probes.
READY_WITHIN_S = 5.0
# Invalid fields that one response lists: a large invalid body must not give a larger response.
_MAX_ERRORS = 20
BODY_TOO_LARGE = (
    f"The request body is larger than the server's limit of {MAX_JSON_BYTES // 1024**2} MiB."
)
# Characters of a query parameter's name that a response repeats.
_MAX_NAME = 64
NO_RESOURCE = "There is no resource at this address. `/openapi.json` lists all routes."
_SENTENCES = {
    400: "The request is not valid HTTP, or one of its headers is malformed.",
    404: NO_RESOURCE,
    405: "This address does not support the request's method.",
    413: BODY_TOO_LARGE,
    416: "The file is shorter than the range that the request asks for.",
}

Checks = Mapping[str, bool | tuple[str, ...]]
"""Whether each part works, by name; a tuple names what works of it, () if nothing does."""

Ready = Callable[[], Awaitable[Checks]]
Refresh = Callable[[], Awaitable[None]]


def install_problem_handlers(app: FastAPI) -> None:
    """Answer every error of `app` as `application/problem+json`, and HEAD as GET; call it first."""
    app.add_exception_handler(HTTPException, _handle_http_error)
    app.add_exception_handler(RequestValidationError, _handle_invalid_request)
    app.add_exception_handler(Refusal, _handle_error)
    app.add_exception_handler(QuireError, _handle_error)
    app.add_middleware(HeadAsGet)
    app.add_middleware(ErrorsAsProblems, describe=_problem_of_status)
    app.add_middleware(middleware.UnexpectedErrors)


def problem_response(request: Request, problem: Problem) -> Response:
    """Return `problem` as the response to `request`."""
    body = problem.body(
        instance=request.url.path, correlation_id=middleware.correlation_id(request.scope)
    )
    return Response(body, problem.status, dict(problem.headers), MEDIA_TYPE)


class StrictRequest(Request):
    """Limits the body's size, and parses JSON without NaN, overflow or unlimited nesting."""

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            received = bytearray()
            async for piece in self.stream():
                received += piece
                if len(received) > MAX_JSON_BYTES:
                    raise HTTPException(413)
            self._body = bytes(received)
        return self._body

    async def json(self) -> Any:
        return orjson.loads(await self.body())


class StrictRoute(APIRoute):
    """Refuses unknown query parameters, and reads bodies as `StrictRequest`.

    Example: `APIRouter(route_class=StrictRoute)`.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        known = sorted(_query_parameters(self.dependant))

        async def handle_strictly(request: Request) -> Response:
            for name in request.query_params:
                if name not in known:
                    raise _unknown_parameter(name, known)
            return await handle(StrictRequest(request.scope, request.receive))

        return handle_strictly


def _query_parameters(dependant: Dependant) -> set[str]:
    """Return the names of the query parameters of a route and of what it depends on."""
    own = {field.alias for field in dependant.query_params}
    return own.union(*map(_query_parameters, dependant.dependencies))


def _unknown_parameter(name: str, known: Sequence[str]) -> Refusal:
    taken = ", ".join(f"`{each}`" for each in known)
    only = f"It takes only {taken}." if known else "It takes none."
    shown = name if len(name) <= _MAX_NAME else f"{name[:_MAX_NAME]}…"
    return refusal(
        400, "unknown_parameter", f"This address has no query parameter `{shown}`. {only}"
    )


def health_routes(ready: Ready, refresh: Refresh | None = None) -> APIRouter:
    """Return `/healthz`, `/readyz` and `/metrics`; `refresh` updates gauges before each scrape."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz", summary="Is the process alive?")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz", summary="Can it do its work?")
    async def readyz(request: Request) -> Response:
        checks = await _run_checks(ready)
        if checks and all(checks.values()):
            return Response(
                orjson.dumps({"status": "ready", "checks": checks}), media_type="application/json"
            )
        sentence = "The service is not ready: a check failed. Try again in a moment."
        waiting = Problem(503, "not_ready", sentence, members={"checks": checks})
        return problem_response(request, waiting)

    @router.get("/metrics", summary="Metrics in the Prometheus text format")
    async def metrics() -> Response:
        if refresh is not None:
            await refresh()
        return Response(render_metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router


def serve_description(app: FastAPI) -> None:
    """Serve the app's OpenAPI document at `/openapi.json`.

    FastAPI's built-in route has no template, so metrics could not name it.
    """

    @app.get("/openapi.json", include_in_schema=False)
    async def describe() -> Response:
        return Response(orjson.dumps(app.openapi()), media_type="application/json")


def health_app(
    ready: Ready, refresh: Refresh | None = None, routes: Mapping[str, middleware.App] | None = None
) -> FastAPI:
    """Return an app with health routes, for services whose work does not arrive over HTTP.

    `routes` are apps by path, which take POST requests of other services.
    """
    app = FastAPI(openapi_url=None)
    install_problem_handlers(app)
    app.include_router(health_routes(ready, refresh))
    for path, endpoint in (routes or {}).items():
        app.router.routes.append(Route(path, endpoint, methods=["POST"]))
    app.add_middleware(middleware.CorrelationIdMiddleware)
    app.add_middleware(middleware.SecurityHeaders)
    return app


async def _run_checks(ready: Ready) -> Checks:
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            return await ready()
    except Exception:
        log.warning("a readiness check failed", exc_info=True)
        return {}


async def _handle_error(request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    if problem is UNEXPECTED:
        extra = {"correlation_id": middleware.correlation_id(request.scope)}
        log.error("a request failed", exc_info=error, extra=extra)
    return problem_response(request, problem)


async def _handle_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    allowed = headers.get("Allow", "")
    if "GET" in allowed.split(", "):
        headers["Allow"] = f"{allowed}, HEAD"
    sentence = _SENTENCES.get(error.status_code, str(error.detail))
    code = code_of_status(error.status_code)
    return problem_response(request, Problem(error.status_code, code, sentence, headers=headers))


def _problem_of_status(status: int) -> Problem:
    """Return the problem of an error of which only the status is known."""
    sentence = _SENTENCES.get(status, "The request could not be answered.")
    return Problem(status, code_of_status(status), sentence)


async def _handle_invalid_request(request: Request, error: Exception) -> Response:
    """Answer with the invalid fields and their errors, without repeating the values."""
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(one["type"] == "json_invalid" for one in found):
        problem = Problem(400, "invalid_json", "The body is not valid JSON.")
        return problem_response(request, problem)
    wrong = [
        {"field": ".".join(str(part) for part in one["loc"]), "message": message_of(one)}
        for one in found[:_MAX_ERRORS]
    ]
    first = f"{wrong[0]['field']}: {wrong[0]['message']}." if wrong else "The request is not valid."
    problem = Problem(422, "invalid_request", first, members={"errors": wrong})
    return problem_response(request, problem)
