"""Runs the gateway as its own process."""

from __future__ import annotations

import socket

from fastapi import FastAPI

from services.gateway.app import build_app
from services.gateway.dependencies import GatewayDeps, Operations
from services.gateway.disk_space import DiskSpace
from services.gateway.events.feed import EventFeed
from services.gateway.operations import SystemOperations, index_at
from services.gateway.page_client import PageClient
from services.gateway.query_proxy import QueryProxy
from shared.blobs import open_blobs
from shared.blobs.base import Blobs
from shared.database import open_notices
from shared.domain.errors import SettingsError
from shared.http.app import Checks, Ready
from shared.http.limits import Ceilings
from shared.http.middleware import App
from shared.http.server import HttpServer
from shared.http.service_key import service_headers
from shared.process.service import Process, Readiness, launch, open_service, run_background
from shared.repositories import events
from shared.settings import Settings, read_settings


def disk_of(settings: Settings, blobs: Blobs) -> DiskSpace:
    """Return the space of the disk that uploads are received on."""
    return DiskSpace(blobs.incoming().parent, settings.min_free_disk_mb * 1024 * 1024)


def setup(
    process: Process,
    blobs: Blobs,
    disk: DiskSpace,
    *,
    query: App,
    pages: PageClient,
    operations: Operations,
    ready: Ready,
) -> tuple[FastAPI, GatewayDeps]:
    """Return the gateway's app on the adapters of `process`, and the dependencies of its routes."""
    settings, database = process.settings, process.database
    feed = EventFeed(
        database,
        most=settings.listeners_at_once,
        most_of_one=settings.listeners_per_caller,
    )
    process.background.append(feed)
    notices = open_notices(settings.resolved_database_url(), events.CHANNEL, feed.hint)
    if notices:
        process.background.append(notices)
    deps = GatewayDeps(
        settings=settings,
        database=database,
        blobs=blobs,
        bus=process.bus,
        query=query,
        pages=pages,
        operations=operations,
        ready=ready,
        disk=disk,
        feed=feed,
    )
    return build_app(deps), deps


async def serve(settings: Settings, listener: socket.socket) -> None:
    """Answer requests until SIGTERM; raise SettingsError if a service's address is not set."""
    if not settings.query_url or not settings.vectors_url:
        raise SettingsError(
            "The gateway needs the addresses of the query service and of a Chroma server. Set"
            " QUIRE_QUERY_URL and QUIRE_VECTORS_URL."
        )
    async with open_service(settings, "gateway") as process:
        key = settings.service_key
        query = QueryProxy(settings.query_url, service_key=key.get_secret_value())
        process.stack.push_async_callback(query.close)
        pages = PageClient(settings.extractor_url, headers=service_headers(key))
        process.stack.push_async_callback(pages.close)
        blobs = open_blobs(settings)
        disk = disk_of(settings, blobs)
        check = process.ready(Readiness({"disk": disk.is_ready}))

        async def ready() -> Checks:
            # Fetches the query service's OpenAPI document. The service's readiness does not count,
            # because uploads don't need it.
            await query.ready()
            return await check()

        operations = SystemOperations(
            process.database,
            blobs,
            process.bus,
            index_at(settings.vectors_url),
            query.encoder,
            query.read_model_problems,
        )
        app, deps = setup(
            process,
            blobs,
            disk,
            query=query,
            pages=pages,
            operations=operations,
            ready=ready,
        )
        async with run_background(process):
            server = HttpServer(
                app, deps.feed.close, ceilings=Ceilings.of(settings), websockets=True
            )
            await server.serve(sockets=[listener])
            await deps.announced()


if __name__ == "__main__":
    launch("gateway", read_settings, serve)
