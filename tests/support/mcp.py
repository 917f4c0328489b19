"""The official client of MCP on a running system, over both transports."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import orjson
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent


@contextlib.asynccontextmanager
async def over_http(address: str, key: str, *, mode: str = "auto") -> AsyncIterator[Client]:
    """Yield a client of /mcp; the mode `legacy` speaks an earlier version of the protocol."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with httpx2.AsyncClient(headers=headers, timeout=120, trust_env=False) as http:
        transport = streamable_http_client(f"{address}/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            yield client


@contextlib.asynccontextmanager
async def over_stdio(address: str, key: str, *options: str) -> AsyncIterator[Client]:
    """Yield a client of `quire mcp --stdio`."""
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "services.cli.main", "mcp", "--stdio", *options],
        env={**os.environ, "QUIRE_URL": address, "QUIRE_API_KEY": key},
    )
    async with Client(server) as client:
        yield client


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """Return what a tool returns; its text is the same JSON."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result
    (text,) = result.content
    assert isinstance(text, TextContent)
    told: dict[str, Any] = orjson.loads(text.text)
    assert result.structured_content == told
    return told


async def refused(client: Client, tool: str, **arguments: Any) -> tuple[str, str]:
    """Return the sentence and the code of a tool's error."""
    result = await client.call_tool(tool, arguments)
    assert isinstance(result, CallToolResult)
    assert result.is_error, result
    (text,) = result.content
    assert isinstance(text, TextContent)
    sentence, _, code = text.text.rpartition(" (")
    assert result.meta
    assert result.meta["problem"]["code"] == code.rstrip(")")
    return sentence, code.rstrip(")")
