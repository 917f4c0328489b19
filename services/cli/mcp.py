"""`quire mcp`: serves a Quire server to an MCP host over standard input and output."""

from __future__ import annotations

import asyncio
from typing import Annotated
from urllib.parse import urlsplit

import httpx
import typer

from services.cli import options
from services.cli.client import DEFAULT_URL
from services.cli.exits import Misused
from shared.mcp import open_mcp
from shared.mcp.base import Reply, Request, ToolFailure
from shared.settings import LOOPBACK

# Seconds; answers of language models have no upper limit of their own.
_TIMEOUT = httpx.Timeout(60.0, connect=5.0, read=None)
_NO_TRANSPORT = (
    "Over HTTP a running server answers MCP at /mcp. To serve a host on this computer over standard"
    " input and output, add --stdio."
)


def mcp(
    stdio: Annotated[
        bool, typer.Option("--stdio", help="Serve over standard input and output.")
    ] = False,
    url: options.Url = DEFAULT_URL,
    api_key: options.ApiKey = "",
    writes: Annotated[
        bool,
        typer.Option(
            "--allow-writes",
            envvar="QUIRE_MCP_WRITES",
            help="Offer tools that upload and delete documents.",
        ),
    ] = False,
) -> None:
    """Let an MCP host search, ask and read the documents of a server, with an API key."""
    if not stdio:
        raise Misused(_NO_TRANSPORT)
    asyncio.run(_serve(url.rstrip("/"), api_key, writes))


async def _serve(url: str, api_key: str, writes: bool) -> None:
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    local = urlsplit(url).hostname in LOOPBACK
    async with httpx.AsyncClient(
        base_url=url, headers=headers, timeout=_TIMEOUT, trust_env=not local
    ) as http:
        await open_mcp(ServerApi(url, http), writes=writes).serve_stdio()


class ServerApi:
    """The API of the server at `address`, over HTTP. ToolFailure: it does not answer."""

    def __init__(self, address: str, http: httpx.AsyncClient) -> None:
        self.address = address
        self._http = http

    async def send(self, request: Request) -> Reply:
        """Return the whole response."""
        try:
            response = await self._http.request(
                request.method,
                httpx.URL(request.path, query=request.query.encode()),
                content=request.body,
                headers={"Content-Type": request.content_type},
            )
        except (httpx.TransportError, httpx.InvalidURL) as error:
            detail = f"No Quire server answers at {self.address}."
            raise ToolFailure(detail, code="unavailable", status=503) from error
        return Reply(response.status_code, response.content)
