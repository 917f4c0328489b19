"""Serves Quire to language model hosts by the Model Context Protocol (MCP).

Its SDK is an optional requirement (`quire[mcp]`), imported at the first request that needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.errors import SettingsError
from shared.mcp.base import Api

if TYPE_CHECKING:
    from shared.mcp.sdk import McpServer

NOT_INSTALLED = (
    "MCP is not installed on this server. Its operator can install it with"
    " `pip install 'quire[mcp]'`."
)


def open_mcp(api: Api, *, writes: bool) -> McpServer:
    """Return an MCP server that asks `api`; with `writes` it has tools that change documents.

    SettingsError: the SDK is not installed.
    """
    try:
        from shared.mcp.sdk import McpServer
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("mcp", "mcp_types"):
            raise
        raise SettingsError(NOT_INSTALLED) from None
    return McpServer(api, writes=writes)
