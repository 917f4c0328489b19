"""Runs a gateway alone: real database, files and feed, without workers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from services.gateway.app import build_app
from services.gateway.dependencies import GatewayDeps
from services.gateway.disk_space import DiskSpace, free_bytes
from services.gateway.events.feed import EventFeed
from services.gateway.page_client import PageClient
from shared.blobs.folder import FolderBlobs
from shared.bus.in_process import InProcessBus
from shared.database import open_database
from shared.database.base import Database
from shared.database.schema import Base
from shared.http.limits import Ceilings
from shared.http.middleware import App, Receive, Scope, Send
from shared.http.server import HttpServer, listen
from shared.repositories.events import start_history
from shared.settings import Settings, sqlite_url
from tests.support.http_client import API

PDF = b"%PDF-1.7\nnot much of a document"
UPLOAD = f"{API}/documents/upload"


@dataclass
class Operated:
    """`Operations` that record their calls; `verify` waits for `gate`."""

    asked: list[Any] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def verify(self, repair: bool) -> dict[str, Any]:
        self.asked.append(repair)
        await self.gate.wait()
        return {"ok": True, "checks": []}

    async def rebuild_index(self) -> dict[str, Any]:
        return {"vectors": 0}


async def echo_query(scope: Scope, receive: Receive, send: Send) -> None:
    """Act as a query service that answers with the path of the request."""
    start = {"type": "http.response.start", "status": 200, "headers": []}
    await send(start)
    await send({"type": "http.response.body", "body": scope["path"].encode()})


@dataclass
class Gateway:
    """The app with its dependencies, and a client of it."""

    deps: GatewayDeps
    app: FastAPI
    http: httpx.AsyncClient

    @property
    def incoming(self) -> list[Path]:
        """Return the files that uploads left unfinished."""
        return list((self.deps.settings.data_dir / "blobs" / ".incoming").iterdir())

    async def upload(
        self, data: bytes = PDF, name: str = "a.pdf", *, key: str | None = None, **fields: str
    ) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return await self.http.post(
            UPLOAD, files={"file": (name, data)}, data=fields, headers=headers
        )


@contextlib.asynccontextmanager
async def gateway(
    folder: Path,
    *,
    free: Callable[[Path], int] | None = None,
    pages: PageClient | None = None,
    query: App = echo_query,
    shared: Database | None = None,
    **settings: Any,
) -> AsyncIterator[Gateway]:
    """Yield a gateway on an empty data folder, called in process.

    `free` tells its disk space; without `pages` it draws none; `query` answers questions.
    It works on a `shared` database that it neither makes nor closes, or on one of its own.
    """
    chosen = Settings(data_dir=folder, **settings)
    database = shared or open_database(sqlite_url(folder / "quire.db"))
    if shared is None:
        await database.transact(lambda session: Base.metadata.create_all(session.connection()))
        await database.transact(start_history)

    async def ready() -> dict[str, bool]:
        return {"database": True}

    blobs = FolderBlobs(folder / "blobs")
    deps = GatewayDeps(
        settings=chosen,
        database=database,
        blobs=blobs,
        disk=DiskSpace(blobs.incoming().parent, 1024, free or free_bytes),
        bus=InProcessBus(),
        query=query,
        pages=pages or PageClient(""),
        operations=Operated(),
        ready=ready,
        feed=EventFeed(
            database,
            most=chosen.listeners_at_once,
            most_of_one=chosen.listeners_per_caller,
            gather_s=0.0,
        ),
    )
    app = build_app(deps)
    transport = httpx.ASGITransport(app=app)
    await deps.feed.start()
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            yield Gateway(deps, app, http)
    finally:
        await deps.feed.stop()
        if shared is None:
            await database.close()


@contextlib.asynccontextmanager
async def served(gateway: Gateway) -> AsyncIterator[str]:
    """Serve the gateway on a real socket and yield its address."""
    async with listening(gateway.app, gateway.deps) as address:
        yield address


@contextlib.asynccontextmanager
async def listening(app: App, deps: GatewayDeps) -> AsyncIterator[str]:
    """Serve a gateway's app on a real socket and yield its address."""
    with listen("127.0.0.1", 0) as listener:
        ceilings = Ceilings.of(deps.settings)
        server = HttpServer(app, deps.feed.close, ceilings=ceilings, websockets=True)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        host, port = listener.getsockname()
        try:
            yield f"http://{host}:{port}"
        finally:
            server.should_exit = True
            await running
