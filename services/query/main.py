"""The query service as a process of its own. Wiring only."""

from __future__ import annotations

import asyncio
import socket

from services.query.app import QueryParts, build_app
from shared.asgi import Metrics
from shared.encoders import open_encoder, options_from
from shared.encoders.batching import BatchingEncoder
from shared.errors import SettingsError
from shared.process import at_work, basic_checks, launch, opened, patiently
from shared.serving import HttpServer
from shared.settings import Settings, read_settings
from shared.vectors import open_vectors


async def serve(settings: Settings, listener: socket.socket) -> None:
    """Answer questions until a signal says stop."""
    if not settings.vectors_url:
        raise SettingsError("A query service of its own needs QUIRE_VECTORS_URL: a Chroma server.")
    async with opened(settings, "query") as process:
        options = options_from(settings)
        engine = await asyncio.to_thread(open_encoder, options)
        encoder = BatchingEncoder(
            engine, workers=options.stream_count, batch_tokens=options.batch_tokens
        )
        process.stack.push_async_callback(encoder.close)
        vectors = await patiently(
            open_vectors, settings.vectors_url, dimension=engine.dimension, encoder=engine.name
        )
        process.stack.push_async_callback(vectors.close)
        checks = basic_checks(process)

        async def ready() -> dict[str, bool]:
            return {name: await check() for name, check in checks.items()}

        app = build_app(QueryParts(settings, process.database, vectors, encoder, ready))
        app.add_middleware(Metrics)
        async with at_work(process):
            await HttpServer(app).serve(sockets=[listener])


if __name__ == "__main__":
    launch("query", read_settings, serve)
