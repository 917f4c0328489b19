"""The query service as a process of its own. Wiring only."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from functools import partial

from services.query.app import QueryDeps, build_app
from services.query.retrieval.lazy_index import LazyIndex
from shared.domain.errors import SettingsError, Unavailable
from shared.encoders import open_encoder, options_from
from shared.encoders.dynamic_batching import BatchingEncoder
from shared.http.middleware import CorrelationIdMiddleware, Metrics
from shared.http.server import HttpServer
from shared.process.service import basic_checks, launch, open_service, run_background
from shared.settings import Settings, read_settings
from shared.vectors import open_index


async def serve(settings: Settings, listener: socket.socket) -> None:
    """Answer questions until a signal says stop."""
    if not settings.vectors_url:
        raise SettingsError("A query service of its own needs QUIRE_VECTORS_URL: a Chroma server.")
    async with open_service(settings, "query") as process:
        options = options_from(settings)
        engine = await asyncio.to_thread(open_encoder, options)
        encoder = BatchingEncoder(
            engine, workers=options.stream_count, batch_tokens=options.batch_tokens
        )
        process.stack.push_async_callback(encoder.close)
        open_ = partial(open_index, dimension=engine.dimension, encoder=engine.name)
        index = LazyIndex(partial(open_, settings.vectors_url))
        process.stack.push_async_callback(index.close)
        with contextlib.suppress(Unavailable):  # The first question need not wait for this, then.
            await index.opened()
        checks = {**basic_checks(process), "index": index.answers}

        async def ready() -> dict[str, bool]:
            return {name: await check() for name, check in checks.items()}

        app = build_app(QueryDeps(settings, process.database, index, encoder, ready))
        app.add_middleware(Metrics)
        app.add_middleware(CorrelationIdMiddleware)
        async with run_background(process):
            await HttpServer(app).serve(sockets=[listener])


if __name__ == "__main__":
    launch("query", read_settings, serve)
