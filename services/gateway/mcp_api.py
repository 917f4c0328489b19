"""The API of this server for the tools of MCP, asked as the client of an MCP request."""

from __future__ import annotations

from services.gateway import inner_request
from shared.http.middleware import App, Scope, header
from shared.mcp.base import Reply, Request


class InnerApi:
    """Sends requests to `app` with the credentials of a request to it, whose scope is `outer`."""

    def __init__(self, app: App, outer: Scope, public_url: str) -> None:
        self._app = app
        self._outer = outer
        self._public_url = public_url

    @property
    def address(self) -> str:
        """Return the public address, or the one at which the client reached this server."""
        host = (header(self._outer, b"host") or b"").decode("latin-1")
        return self._public_url.rstrip("/") or f"{self._outer['scheme']}://{host}"

    async def send(self, request: Request) -> Reply:
        """Return the whole response; pages and answers are bounded."""
        async with inner_request.ask(
            self._app,
            self._outer,
            request.method,
            request.path,
            query=request.query,
            body=request.body,
            content_type=request.content_type,
        ) as answer:
            return Reply(answer.status, await answer.body())
