"""Builds the gateway's ASGI app: routes, middleware, and the query service below one path."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

from fastapi import FastAPI

from services.gateway import openapi
from services.gateway.areas import AreaGuard
from services.gateway.dependencies import GatewayDeps
from services.gateway.events.first_message import FirstMessageAuth
from services.gateway.gauges import Gauges
from services.gateway.refused_attempts import RefusedAttempts
from services.gateway.routes import (
    audit,
    collections,
    documents,
    events,
    files,
    keys,
    mcp,
    openai_files,
    operations,
    pages,
    principals,
    processing,
    session,
    uploads,
    vector_store_batches,
    vector_store_files,
    vector_stores,
    websocket,
)
from services.gateway.ui.page_files import PageFiles
from shared.domain.errors import SettingsError
from shared.http.admission import Admission, Rations
from shared.http.app import health_routes, install_problem_handlers, serve_description
from shared.http.auth import ApiKeyMiddleware, parse_keys
from shared.http.credentials import CredentialReader
from shared.http.cross_site import CrossSiteGuard
from shared.http.keyring import Keyring
from shared.http.middleware import (
    App,
    CorrelationIdMiddleware,
    MetricsMiddleware,
    Receive,
    Scope,
    SecurityHeaders,
    Send,
    reject,
)
from shared.http.problems import Problem
from shared.http.proxies import TrustedProxies, parse_proxies
from shared.repositories.access import CallerDatabase
from shared.settings import Settings

QUERY = "/api/v1/query"
# Everything at and below these paths is answered by the query service.
ASKING = (QUERY, "/api/v1/conversations", "/v1/chat/completions", "/v1/embeddings", "/v1/models")
EVENTS = "/api/v1/events"
WEBSOCKETS = ("/api/v1/ws", "/ws")
_NO_WEBSOCKET = Problem(
    404, "not_found", "There is no WebSocket at this address. It is at `/api/v1/ws`."
)
UPLOAD = "/api/v1/documents/upload"
_NO_PROXIES = (
    "QUIRE_AUTH=proxy needs QUIRE_TRUSTED_PROXIES: the addresses of the proxies that are believed"
    " about who sends a request."
)
_QUESTION, _UPLOAD = "question", "upload"
_UPLOADS = (UPLOAD, openai_files.FILES)
# Searches of vector stores, whose other routes are the gateway's.
_SEARCH = re.compile(r"/v1/vector_stores/[^/]++/search")
_QUESTIONS = (QUERY, f"{QUERY}/retrieve", "/v1/chat/completions", "/v1/embeddings")


def build_app(deps: GatewayDeps) -> FastAPI:
    """Return the gateway's ASGI app.

    SettingsError: an API key or a proxy is not valid, or there is no proxy to say who asks.
    """
    of_settings = parse_keys(deps.settings.api_keys.get_secret_value())
    proxies = parse_proxies(deps.settings.trusted_proxies)
    by_proxy = deps.settings.auth == "proxy"
    if by_proxy and not proxies:
        raise SettingsError(_NO_PROXIES)
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    # Routes read and write with the rights of their caller.
    app.state.deps = replace(deps, database=CallerDatabase(deps.database))
    app.state.keyring = Keyring(of_settings, deps.database)
    app.state.operating = asyncio.Lock()
    for routes in (uploads, documents, files, pages, processing, events, operations, websocket):
        app.include_router(routes.router)
    app.include_router(mcp.router)
    for openai in (openai_files, vector_stores, vector_store_files, vector_store_batches):
        app.include_router(openai.router)
    for administration in (principals, keys, session, collections, audit):
        app.include_router(administration.router)
    app.include_router(health_routes(deps.ready, Gauges(deps.database).refresh))
    openapi.install(app, deps.query)
    serve_description(app)
    # The middleware that is added last runs first.
    install_problem_handlers(app)
    app.add_middleware(QueryMount, query=deps.query)
    app.add_middleware(Admission, rations=_rations(deps.settings), kind_of=_kind_of)
    app.add_middleware(AreaGuard)
    required = deps.settings.asks_for_keys
    public_url = deps.settings.public_url
    reader = CredentialReader(
        public_url=public_url, proxy_header=deps.settings.proxy_user_header if by_proxy else ""
    )
    app.add_middleware(
        ApiKeyMiddleware, callers=app.state.keyring, required=required, reader=reader
    )
    app.add_middleware(RefusedAttempts, database=deps.database)
    if required:
        app.add_middleware(FirstMessageAuth, has_credentials=reader.shows_any)
    app.add_middleware(PageFiles)
    app.add_middleware(CrossSiteGuard, check_host=not required, public_url=public_url)
    app.add_middleware(MetricsMiddleware)
    app.add_middleware(CorrelationIdMiddleware)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(TrustedProxies, proxies=proxies)
    deps.bus.subscribe_all(deps.feed.heard)
    return app


def _rations(settings: Settings) -> Rations:
    of_kind = {_QUESTION: settings.questions_at_once, _UPLOAD: settings.uploads_at_once}
    return Rations(settings.requests_per_second, settings.requests_at_once, of_kind)


def _kind_of(scope: Scope) -> str | None:
    """Return what a request costs.

    None for scrapes, for event streams, which cost little, and for MCP, whose tools send requests
    that are rationed themselves.
    """
    path = scope["path"]
    if path in (EVENTS, "/metrics", mcp.PATH):
        return None
    if scope["method"] == "POST" and (path in _QUESTIONS or _SEARCH.fullmatch(path)):
        return _QUESTION
    return _UPLOAD if scope["method"] == "POST" and path in _UPLOADS else ""


class QueryMount:
    """Routes the paths that ask to the query service, all others to the gateway."""

    def __init__(self, app: App, query: App) -> None:
        self._app = app
        self._query = query

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "websocket" and path not in WEBSOCKETS:
            await reject(scope, send, _NO_WEBSOCKET)
            return
        asks = scope["type"] == "http" and is_asking(path)
        await (self._query if asks else self._app)(scope, receive, send)


def is_asking(path: str) -> bool:
    """Return whether the query service answers at this path."""
    below = any(path == each or path.startswith(f"{each}/") for each in ASKING)
    return below or _SEARCH.fullmatch(path) is not None
