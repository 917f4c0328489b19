"""A client of a WebSocket of the gateway."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

WITHIN_S = 20


class Socket:
    """Sends commands and returns frames; `id` is the place of the last frame that has one."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.id: str | None = None

    async def send(self, type_: str, **fields: Any) -> None:
        await self._connection.send(json.dumps({"type": type_, **fields}))

    async def send_text(self, text: str) -> None:
        await self._connection.send(text)

    async def next(self) -> dict[str, Any]:
        """Return the next frame that is no heartbeat. ConnectionClosed: there is none."""
        while True:
            async with asyncio.timeout(WITHIN_S):
                told: dict[str, Any] = json.loads(await self._connection.recv())
            self.id = told.get("id", self.id)
            if told["type"] != "heartbeat":
                return told

    async def until(self, type_: str) -> list[dict[str, Any]]:
        """Return the frames up to the first one of a type."""
        found = [await self.next()]
        while found[-1]["type"] != type_:
            found.append(await self.next())
        return found

    async def ask(self, type_: str, **fields: Any) -> dict[str, Any]:
        """Send a command and return the next frame."""
        await self.send(type_, **fields)
        return await self.next()

    async def closed(self) -> int | None:
        """Wait for the end of the connection and return its code."""
        async with asyncio.timeout(WITHIN_S):
            await self._connection.wait_closed()
        return self._connection.close_code


@contextlib.asynccontextmanager
async def socket(
    url: str, *, key: str = "", path: str = "/api/v1/ws", **headers: str
) -> AsyncIterator[Socket]:
    """Connect to a gateway at its HTTP address, with a key in the header if one is given."""
    given = dict(headers) | ({"Authorization": f"Bearer {key}"} if key else {})
    address = url.replace("http", "ws", 1) + path
    async with connect(address, additional_headers=given, proxy=None) as connection:
        yield Socket(connection)
