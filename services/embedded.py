"""All five services in one process, with nothing but pip: the embedded default.

The handlers are the ones of the distributed system; only what is handed to them differs: SQLite, an
in-process bus, a folder, a local index. One process owns a data folder: the index is locked first,
so whatever an earlier process held when it died is free.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqlalchemy import text

from services.embedder import handlers as embedder
from services.extractor import handlers as extractor
from services.extractor.document import limits_from
from services.extractor.sandbox.sandbox import Sandbox
from services.gateway.app import build_app as build_gateway
from services.gateway.dependencies import GatewayDeps
from services.indexer import handlers as indexer
from services.query.app import QueryDeps
from services.query.app import build_app as build_query
from shared.blobs import open_blobs
from shared.blobs.base import Blobs
from shared.bus.base import Bus
from shared.bus.in_process import InProcessBus
from shared.database import migrate, open_database
from shared.database.base import Database
from shared.domain.errors import Unavailable
from shared.encoders import EncoderOptions, open_encoder, options_from, tokenizer_path
from shared.encoders.dynamic_batching import BatchingEncoder
from shared.http import server
from shared.http.server import HttpServer, listen
from shared.maintenance.cleanup import CleanUp, Daily
from shared.maintenance.rebuild import rebuild
from shared.maintenance.verify import IntegrityCheck
from shared.repositories import blob_removals
from shared.settings import Settings
from shared.telemetry.logs import configure_logging
from shared.telemetry.tracing import export_to, tracing
from shared.vectors import open_index
from shared.vectors.base import VectorIndex
from shared.worker.leases import Leases
from shared.worker.sweeper import Sweeper
from shared.worker.worker import Worker

log = logging.getLogger(__name__)
OWNER = "embedded:"
EMBED_AT_ONCE = 4
INDEX_AT_ONCE = 4


@dataclass(frozen=True)
class Stores:
    """The adapters, opened."""

    database: Database
    bus: Bus
    vectors: VectorIndex
    encoder: BatchingEncoder
    blobs: Blobs
    tokenizer: Path


@dataclass(frozen=True)
class System:
    """The running parts that the HTTP side, the command line and tests reach for."""

    stores: Stores
    sweeper: Sweeper
    operations: Operations
    gateway: GatewayDeps
    app: FastAPI


@dataclass(frozen=True)
class Operations:
    """What operators may ask of the running system."""

    stores: Stores

    async def verify(self, repair: bool) -> dict[str, Any]:
        stores = self.stores
        doctor = IntegrityCheck(stores.database, stores.vectors, stores.blobs, stores.bus)
        return await doctor.verify(repair=repair)

    async def rebuild_index(self) -> dict[str, Any]:
        stores = self.stores
        return await rebuild(
            stores.database, stores.vectors, stores.bus, encoder=stores.encoder.name
        )


@contextlib.asynccontextmanager
async def running(settings: Settings, *, bus: Bus | None = None) -> AsyncIterator[System]:
    """The whole system, at work until the context is left; on another bus if one is given."""
    async with contextlib.AsyncExitStack() as stack:
        options = options_from(settings)
        # First, while this process is small: parsers are forked from the server that starts here.
        sandbox = Sandbox(limits_from(settings), tokenizer_path=tokenizer_path(options))
        stack.push_async_callback(sandbox.close)
        await sandbox.start()
        if settings.traces_url:
            tracing.configure("embedded", export_to(settings.traces_url))
            stack.callback(tracing.close)
        stores = await _open_stores(settings, options, bus or InProcessBus(), stack)
        leases = Leases(
            stores.database, lease_s=settings.lease_seconds, heartbeat_s=settings.heartbeat_seconds
        )
        sweeper = Sweeper(
            stores.database,
            stores.bus,
            every_s=settings.sweep_seconds,
            hint_after_s=settings.hint_seconds,
        )
        _serve_stages(settings, stores, sandbox, leases)
        system = await _assemble(settings, stores, sweeper, stack)
        daily = Daily(CleanUp(settings, stores.database, stores.blobs).run)
        for part in (stores.bus, leases, sweeper, daily):
            await part.start()
            stack.push_async_callback(part.stop)
        stack.push_async_callback(system.gateway.announced)
        await asyncio.to_thread(stores.blobs.sweep_incoming, time.time())
        await sweeper.take_over(OWNER)
        yield system


@contextlib.asynccontextmanager
async def open_stores(
    settings: Settings, *, discard_foreign: bool = False
) -> AsyncIterator[Operations]:
    """The stores alone, with nobody at work: for checks while no server runs."""
    async with contextlib.AsyncExitStack() as stack:
        stores = await _open_stores(
            settings, options_from(settings), InProcessBus(), stack, discard_foreign
        )
        yield Operations(stores)


async def verify_offline(settings: Settings, repair: bool) -> dict[str, Any]:
    """`quire verify` without a server. SettingsError: a server uses the data folder."""
    async with open_stores(settings) as operations:
        return await operations.verify(repair)


async def rebuild_offline(settings: Settings) -> dict[str, Any]:
    """`quire rebuild-index` without a server. SettingsError: a server uses the data folder."""
    async with open_stores(settings, discard_foreign=True) as operations:
        return await operations.rebuild_index()


def serve(settings: Settings, *, announce: Callable[[str], None] | None = None) -> None:
    """Run until a signal says stop; `announce` hears the address once everything is ready."""
    configure_logging(settings.log_level)
    with listen(settings.host, settings.port) as listener:
        host, port = listener.getsockname()[:2]
        address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        server.run(_serve(settings, listener, lambda: announce(address) if announce else None))


async def _serve(settings: Settings, listener: socket.socket, ready: Callable[[], None]) -> None:
    async with running(settings) as system:
        ready()
        await HttpServer(system.app, system.gateway.feed.close).serve(sockets=[listener])


async def _open_stores(
    settings: Settings,
    options: EncoderOptions,
    bus: Bus,
    stack: contextlib.AsyncExitStack,
    discard_foreign: bool = False,
) -> Stores:
    """Open the slow ones side by side; the index first takes the data folder's lock."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    encoder = await asyncio.to_thread(open_encoder, options)
    vectors = await asyncio.to_thread(
        open_index,
        settings.data_dir / "vectors",
        dimension=encoder.dimension,
        encoder=encoder.name,
        discard_foreign=discard_foreign,
    )
    stack.push_async_callback(vectors.close)
    url = settings.resolved_database_url()
    await asyncio.to_thread(migrate.upgrade, url)
    database = open_database(url)
    stack.push_async_callback(database.close)
    batching = BatchingEncoder(
        encoder, workers=options.streams or 1, batch_tokens=options.batch_tokens
    )
    stack.push_async_callback(batching.close)
    return Stores(
        database=database,
        bus=bus,
        vectors=vectors,
        encoder=batching,
        blobs=open_blobs(settings),
        tokenizer=tokenizer_path(options),
    )


def _serve_stages(settings: Settings, stores: Stores, sandbox: Sandbox, leases: Leases) -> None:
    owner = f"{OWNER}{uuid.uuid4()}"
    extraction = extractor.Extraction(
        blobs=stores.blobs,
        sandbox=sandbox,
        tokenizer_path=stores.tokenizer,
        chunk_tokens=settings.chunk_tokens,
        overlap_tokens=settings.chunk_overlap_tokens,
    )

    async def is_marked(key: str) -> bool:
        return await stores.database.read(blob_removals.is_marked, key)

    stages = (
        ("extractor", extractor.handlers(extraction), settings.extractors),
        ("embedder", embedder.handlers(embedder.Embedding(stores.encoder)), EMBED_AT_ONCE),
        (
            "indexer",
            indexer.handlers(indexer.Indexing(stores.vectors, stores.blobs, is_marked)),
            INDEX_AT_ONCE,
        ),
    )
    for name, handlers, at_once in stages:
        worker = Worker(
            name=name,
            owner=owner,
            database=stores.database,
            bus=stores.bus,
            leases=leases,
            lease_s=settings.lease_seconds,
        )
        worker.serve(handlers, at_once=at_once)


async def _assemble(
    settings: Settings, stores: Stores, sweeper: Sweeper, stack: contextlib.AsyncExitStack
) -> System:
    query = build_query(QueryDeps(settings, stores.database, stores.vectors, stores.encoder))
    await stack.enter_async_context(query.router.lifespan_context(query))
    operations = Operations(stores)

    async def ready() -> dict[str, bool]:
        return {"database": await _answers(stores.database), "index": True, "encoder": True}

    parts = GatewayDeps(
        settings=settings,
        database=stores.database,
        blobs=stores.blobs,
        bus=stores.bus,
        query=query,
        operations=operations,
        ready=ready,
    )
    return System(stores, sweeper, operations, parts, build_gateway(parts))


async def _answers(database: Database) -> bool:
    """Index and encoder live in this process and were opened before it serves; this may fail."""
    try:
        return bool(await database.read(lambda session: session.scalar(text("SELECT 1"))))
    except Unavailable:
        return False
