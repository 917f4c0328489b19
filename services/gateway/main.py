"""The gateway as a process of its own. Wiring only."""

from __future__ import annotations

import socket

from services.gateway.app import build_app
from services.gateway.dependencies import GatewayDeps
from services.gateway.operations import SystemOperations, index_at
from services.gateway.query_proxy import QueryProxy
from shared.blobs import open_blobs
from shared.domain.errors import SettingsError
from shared.http.server import HttpServer
from shared.process.service import launch, open_service, run_background
from shared.settings import Settings, read_settings


async def serve(settings: Settings, listener: socket.socket) -> None:
    """Answer requests until SIGTERM. SettingsError: the address of another service is not set."""
    if not settings.query_url or not settings.vectors_url:
        raise SettingsError("The gateway needs QUIRE_QUERY_URL and QUIRE_VECTORS_URL.")
    async with open_service(settings, "gateway") as process:
        query = QueryProxy(settings.query_url)
        process.stack.push_async_callback(query.close)
        blobs = open_blobs(settings)
        check = process.ready()

        async def ready() -> dict[str, bool]:
            # Learns the query service's description. Uploads need no query service, so its own
            # state does not count.
            await query.ready()
            return await check()

        deps = GatewayDeps(
            settings=settings,
            database=process.database,
            blobs=blobs,
            bus=process.bus,
            query=query,
            operations=SystemOperations(
                process.database, blobs, process.bus, index_at(settings.vectors_url), query.encoder
            ),
            ready=ready,
        )
        app = build_app(deps)
        async with run_background(process):
            await HttpServer(app, deps.feed.close).serve(sockets=[listener])
            await deps.announced()


if __name__ == "__main__":
    launch("gateway", read_settings, serve)
