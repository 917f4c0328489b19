"""POST /mcp: the Model Context Protocol (streamable HTTP, without sessions)."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from services.gateway.dependencies import Deps
from services.gateway.mcp_api import InnerApi
from services.gateway.responses import problems
from shared.domain.errors import SettingsError
from shared.http.app import StrictRoute
from shared.http.conformance import keep_json_errors
from shared.http.middleware import App, Receive, Scope, Send
from shared.http.problems import refusal
from shared.mcp import open_mcp

PATH = "/mcp"
router = APIRouter(tags=["mcp"], route_class=StrictRoute)
_JSON_RPC: dict[str, Any] = {"application/json": {"schema": {"type": "object"}}}


class _Served(Response):
    """The answer of an ASGI application, which reads the request itself.

    Errors of JSON-RPC stay as they are; those of HTTP become problems, as everywhere.
    """

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        keep_json_errors(scope)
        await self._app(scope, receive, send)


@router.post(
    PATH,
    response_class=Response,
    responses={
        200: {"content": _JSON_RPC, "description": "A JSON-RPC response"},
        202: {"description": "A notification was accepted"},
        **problems(status_501="MCP is not installed on this server"),
    },
    openapi_extra={"requestBody": {"content": _JSON_RPC, "required": True}},
    summary="Ask with MCP clients",
)
async def serve_mcp(request: Request, deps: Deps) -> Response:
    """Answer one JSON-RPC message of the Model Context Protocol.

    Its tools ask the other routes with the caller's key.
    """
    api = InnerApi(request.app, request.scope, deps.settings.public_url)
    try:
        # The first request imports the SDK, which takes a second: others are not held up.
        server = await asyncio.to_thread(open_mcp, api, writes=deps.settings.mcp_writes)
    except SettingsError as error:
        raise refusal(501, "not_installed", error.message) from None
    return _Served(server.serve_http)
