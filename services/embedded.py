"""Runs all five services in one process, on SQLite, a folder and a local index.

One process owns a data folder. The index takes the folder's lock before the database is opened, so
every lease of an earlier embedded process is that of a dead one.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import ValidationError

from services.embedder import in_process as embedder
from services.extractor import main as extractor
from services.extractor.document import ChunkDraft, ReadOptions
from services.extractor.recognition import open_recogniser
from services.extractor.recognition.base import chosen_languages
from services.extractor.recognition.page_reader import PageReader
from services.extractor.sandbox.sandbox import Sandbox
from services.gateway import main as gateway
from services.gateway.dependencies import GatewayDeps
from services.gateway.operations import EncoderIdentity, SystemOperations
from services.gateway.page_client import PageClient
from services.gateway.routes import keys
from services.gateway.schemas.identities import NewKey
from services.indexer import main as indexer
from services.query import main as query
from services.query.read_models.check import problems
from shared.blobs import open_blobs
from shared.blobs.base import Blobs
from shared.bus import open_bus
from shared.bus.base import Bus
from shared.database import migrate
from shared.database.base import Database
from shared.domain import page_views
from shared.domain.errors import ReaderFailure, SettingsError
from shared.domain.file_types import BY_NAME
from shared.encoders import OpenEncoder, open_batching, open_configured
from shared.encoders.dynamic_batching import BatchingEncoder
from shared.encoders.options import options_from, tokenizer_path
from shared.files.file_type import file_type_of
from shared.http import server
from shared.http.limits import Ceilings
from shared.http.problems import Refusal, message_of
from shared.http.server import HttpServer, listen
from shared.keywords import open_keywords
from shared.maintenance import restore
from shared.maintenance.backup import check as check_backup
from shared.maintenance.cleanup import CleanUp, Daily
from shared.maintenance.new_folder import new_folder
from shared.maintenance.verify import Problems, no_problems
from shared.process.service import Process, Readiness, open_migrated, open_process, run_background
from shared.settings import Settings
from shared.system.privacy import keep_private, private_folder
from shared.telemetry.logs import configure_logging
from shared.vectors import open_index
from shared.vectors.base import VectorIndex
from shared.worker.sweeper import Sweeper

NAME = "embedded"


@dataclass(frozen=True)
class Stores:
    """The adapters that the services share."""

    database: Database
    bus: Bus
    index: VectorIndex
    encoder: BatchingEncoder
    blobs: Blobs

    def operations(self, read_models: Problems = no_problems) -> SystemOperations:
        """Return the checks and repairs of these stores, with a check of the read models."""

        async def encoder() -> EncoderIdentity:
            return self.encoder.name, self.encoder.dimension

        return SystemOperations(
            self.database,
            self.blobs,
            self.bus,
            lambda _: contextlib.nullcontext(self.index),
            encoder,
            read_models,
        )


@dataclass(frozen=True)
class System:
    """The running system."""

    stores: Stores
    operations: SystemOperations
    gateway: GatewayDeps
    app: FastAPI


@contextlib.asynccontextmanager
async def running(
    settings: Settings, *, bus: Bus | None = None, open_encoder: OpenEncoder = open_configured
) -> AsyncIterator[System]:
    """Run the whole system until the context is left; `bus` replaces the in-process one.

    `open_encoder` opens the encoder of the settings, which is closed at the end.
    """
    async with contextlib.AsyncExitStack() as stack:
        # First, so that it is closed last: handlers read until the bus has stopped.
        sandbox = await extractor.start_sandbox(settings, stack)
        stores = await stack.enter_async_context(
            open_stores(settings, bus=bus, open_encoder=open_encoder)
        )
        process = await stack.enter_async_context(
            open_process(settings, NAME, stores.database, stores.bus)
        )
        system = await _setup(process, stores, sandbox)
        # Before this process works: its leases have the same prefix as those of the one before.
        await Sweeper(stores.database, stores.bus).take_over(f"{NAME}:")
        await asyncio.to_thread(stores.blobs.sweep_incoming, time.time())
        await stack.enter_async_context(run_background(process))
        stack.push_async_callback(system.gateway.announced)
        yield system


async def _setup(process: Process, stores: Stores, sandbox: Sandbox) -> System:
    recogniser = await asyncio.to_thread(open_recogniser, process.settings)
    keywords_dir = process.settings.resolved_keywords_dir()
    keywords = await asyncio.to_thread(open_keywords, keywords_dir)
    process.stack.push_async_callback(asyncio.to_thread, keywords.close)
    questions, query_readiness, follower = query.setup(
        process, stores.index, stores.encoder, keywords
    )
    await process.stack.enter_async_context(questions.router.lifespan_context(questions))
    operations = stores.operations(partial(problems, stores.database, follower))
    extraction = extractor.setup(process, sandbox, stores.blobs, recogniser)
    pages = PageClient("http://extractor", app=process.routes[page_views.PATH])
    process.stack.push_async_callback(pages.close)
    disk = gateway.disk_of(process.settings, stores.blobs)
    app, deps = gateway.setup(
        process,
        stores.blobs,
        disk,
        query=questions,
        pages=pages,
        operations=operations,
        ready=process.ready(
            extraction,
            embedder.setup(process, stores.encoder),
            indexer.setup(process, stores.index, stores.blobs),
            query_readiness,
            Readiness({"disk": disk.is_ready}),
        ),
    )
    clean_up = CleanUp(process.settings, stores.database, stores.blobs)
    process.background.append(Daily(clean_up.run))
    return System(stores, operations, deps, app)


@contextlib.asynccontextmanager
async def open_stores(
    settings: Settings,
    *,
    bus: Bus | None = None,
    open_encoder: OpenEncoder = open_configured,
    discard_foreign: bool = False,
) -> AsyncIterator[Stores]:
    """Open the stores alone.

    SettingsError: another process uses the data folder, or a newer version wrote it. The schema is
    checked before the index is opened, because opening the index changes its files.

    With `discard_foreign`, vectors of another encoder are dropped from the index.
    """
    async with contextlib.AsyncExitStack() as stack:
        await asyncio.to_thread(migrate.refuse_unknown, settings.resolved_database_url())
        private_folder(settings.data_dir)
        encoder = await open_batching(settings, open_encoder)
        stack.push_async_callback(encoder.close)
        index = await asyncio.to_thread(
            open_index,
            settings.data_dir / "vectors",
            dimension=encoder.dimension,
            encoder=encoder.name,
            discard_foreign=discard_foreign,
        )
        stack.push_async_callback(index.close)
        database = await stack.enter_async_context(open_migrated(settings))
        yield Stores(database, bus or open_bus(), index, encoder, open_blobs(settings))


async def verify_offline(settings: Settings, repair: bool) -> dict[str, Any]:
    """Run `quire verify` without a server. SettingsError: a server uses the data folder."""
    async with open_stores(settings) as stores:
        return await stores.operations().verify(repair)


async def rebuild_offline(settings: Settings) -> dict[str, Any]:
    """Run `quire rebuild-index` without a server. SettingsError: a server uses the data folder."""
    async with open_stores(settings, discard_foreign=True) as stores:
        return await stores.operations().rebuild_index()


async def create_key_offline(settings: Settings, given: dict[str, Any]) -> dict[str, Any]:
    """Run `quire keys create --offline`: make a key in the database, while a server may run.

    SettingsError: there is no database, the principal does not exist, or a scope is not one.
    """
    if not settings.database_url.get_secret_value() and not settings.data_dir.is_dir():
        raise SettingsError(f"The data folder {settings.data_dir} does not exist.")
    try:
        wanted = NewKey.model_validate(given)
        async with open_migrated(settings) as database:
            made = await database.transact(keys.make_as_administrator, wanted)
    except ValidationError as error:
        raise SettingsError(f"{message_of(error.errors()[0])}.") from None
    except Refusal as refused:
        raise SettingsError(refused.problem.detail) from None
    return made.model_dump(mode="json")


async def restore_offline(settings: Settings, backup: Path) -> dict[str, Any]:
    """Run `quire restore`: make the data folder from a backup, build its index and verify it.

    BackupError, SettingsError: the backup or the data folder can't be used; nothing is left.
    """
    restore.require_empty(settings)
    manifest = await asyncio.to_thread(check_backup, backup)
    with new_folder(settings.data_dir) as folder:
        await asyncio.to_thread(restore.unpack, backup, folder)
        aside = settings.model_copy(update={"data_dir": folder})
        async with open_stores(aside, discard_foreign=True) as stores:
            await restore.resume(stores.database, stores.bus, dead_owner=f"{NAME}:")
            rebuilt = await stores.operations().rebuild_index()
            report = await stores.operations().verify(False)
    return {**manifest.model_dump(mode="json"), **rebuilt, "verify": report}


async def chunks_offline(settings: Settings, path: Path, *, draw: bool) -> dict[str, Any]:
    """Run `quire chunks`: return the chunks of a file, and pictures of its pages if `draw`.

    Nothing is stored. Raises the permanent errors of `shared.domain.errors`.
    """
    with path.open("rb") as file:
        kind = file_type_of(path.name, file)
    options = ReadOptions(
        kind,
        str(tokenizer_path(options_from(settings))),
        settings.chunk_tokens,
        settings.chunk_overlap_tokens,
    )
    async with contextlib.AsyncExitStack() as stack:
        sandbox = await extractor.start_sandbox(settings, stack)
        drafts = await _all_chunks(settings, sandbox, path, options)
        pictures: list[ChunkDraft] = []
        if draw and BY_NAME[kind].has_pages:
            drawn = replace(options, view="preview")
            pictures = [each async for batch in sandbox.read(path, drawn) for each in batch.chunks]
    return {
        "file_type": kind,
        "chunks": [_shown(draft) for draft in drafts],
        "pages": [
            {"page": each.page_num, "box": each.box, "image": each.image} for each in pictures
        ],
    }


async def _all_chunks(
    settings: Settings, sandbox: Sandbox, path: Path, options: ReadOptions
) -> list[ChunkDraft]:
    """Return the chunks of a file in the order of its pages, with those of scanned pages."""
    batches = [batch async for batch in sandbox.read(path, options)]
    drafts = [draft for batch in batches for draft in batch.chunks]
    unread = [page for batch in batches for page in batch.unread]
    recogniser = await asyncio.to_thread(open_recogniser, settings) if unread else None
    if recogniser is None:
        return drafts
    reader = PageReader(
        sandbox, Path(options.tokenizer_path), options.max_tokens, options.overlap_tokens
    )
    languages = chosen_languages(recogniser, "", settings.ocr_languages)
    # From the end, so that the places of the pages before it stay as they are.
    for page in reversed(unread):
        with contextlib.suppress(ReaderFailure):
            read = await reader.read(
                recogniser, languages, path, options.file_type, page.number, page.turns
            )
            drafts[page.chunks_before : page.chunks_before] = read.chunks
    return drafts


def _shown(draft: ChunkDraft) -> dict[str, Any]:
    """Return a chunk as `quire chunks --json` prints it; boxes are on unrotated pages."""
    lines = dict.fromkeys(line for each in draft.sentences for line in each.boxes)
    return {
        "chunk_type": draft.chunk_type,
        "page_num": draft.page_num,
        "section": draft.section,
        "token_count": draft.token_count,
        "content": draft.content,
        "boxes": [[line.page, line.x0, line.y0, line.x1, line.y1] for line in lines],
    }


def serve(settings: Settings, *, announce: Callable[[str], None] | None = None) -> None:
    """Run until SIGTERM; `announce` is called with the address once everything is ready."""
    keep_private()
    configure_logging(
        settings.log_level, service=NAME, sql_echo=settings.sql_echo, notes=settings.notes
    )
    with listen(settings.host, settings.port) as listener:
        host, port = listener.getsockname()[:2]
        address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        server.run(_serve(settings, listener, lambda: announce(address) if announce else None))


async def _serve(settings: Settings, listener: socket.socket, ready: Callable[[], None]) -> None:
    async with running(settings) as system:
        ready()
        ceilings = Ceilings.of(settings)
        http = HttpServer(system.app, system.gateway.feed.close, ceilings=ceilings, websockets=True)
        await http.serve(sockets=[listener])
