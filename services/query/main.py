"""The query service as a separate process. Wiring only."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from functools import partial

from fastapi import FastAPI

from services.query.answers.llm import open_model
from services.query.app import build_app
from services.query.dependencies import QueryDeps
from services.query.read_models.base import ReadModel
from services.query.read_models.follower import Follower
from services.query.read_models.keywords import KeywordModel
from services.query.read_models.vectors import VectorModel
from services.query.retrieval.lazy_index import LazyIndex
from services.query.streams import open_streams
from shared.blobs import open_blobs
from shared.domain.errors import SettingsError, Unavailable
from shared.encoders import open_batching
from shared.encoders.dynamic_batching import BatchingEncoder
from shared.encoders.pictures import open_picture_encoder
from shared.encoders.rescoring import open_rescorer
from shared.http.middleware import CorrelationIdMiddleware, MetricsMiddleware, SecurityHeaders
from shared.http.server import HttpServer
from shared.http.service_key import ServiceKeyMiddleware
from shared.http.trusted_caller import TrustedCaller
from shared.keywords import open_keywords
from shared.keywords.base import KeywordIndex
from shared.maintenance.cleanup import Daily
from shared.maintenance.recall import RecallWatch
from shared.process.service import Process, Readiness, launch, open_service, run_background
from shared.settings import Settings, read_settings
from shared.vectors import open_index
from shared.vectors.base import VectorIndex


def setup(
    process: Process,
    index: VectorIndex | LazyIndex,
    encoder: BatchingEncoder,
    keywords: KeywordIndex,
) -> tuple[FastAPI, Readiness, Follower]:
    """Return the app, its readiness checks and the follower of its read models.

    The caller enters the app's lifespan.
    """
    vectors = VectorModel(
        process.database,
        encoder=encoder.name,
        dimension=encoder.dimension,
        limit=process.settings.exact_chunks,
    )
    models: list[ReadModel] = [KeywordModel(process.database, keywords), vectors]
    follower = Follower(process.database, process.bus, models)
    watch = RecallWatch(process.database, index, lambda: vectors.matrix is None)
    process.background.extend([follower, Daily(watch.run, "recall of the index")])
    checks = {"index": index.is_ready, "encoder": encoder.is_ready, **follower.checks()}
    readiness = Readiness(checks)
    ready = process.ready(readiness)
    rescorer = open_rescorer(process.settings)
    if rescorer:
        process.stack.callback(rescorer.close)
    pictures = open_picture_encoder(process.settings)
    if pictures:
        process.stack.callback(pictures.close)
    deps = QueryDeps(
        process.settings,
        process.database,
        index,
        vectors,
        encoder,
        ready,
        keywords,
        follower,
        rescorer,
        pictures,
        open_blobs(process.settings) if pictures else None,
        open_model(process.settings),
        open_streams(process.settings),
    )
    return build_app(deps), readiness, follower


async def serve(settings: Settings, listener: socket.socket) -> None:
    """Answer questions until SIGTERM. SettingsError: no index server is set."""
    if not settings.vectors_url:
        raise SettingsError(
            "The query service needs QUIRE_VECTORS_URL: the address of a Chroma server."
        )
    async with open_service(settings, "query") as process:
        encoder = await open_batching(settings)
        process.stack.push_async_callback(encoder.close)
        open_ = partial(open_index, dimension=encoder.dimension, encoder=encoder.name)
        index = LazyIndex(partial(open_, settings.vectors_url))
        process.stack.push_async_callback(index.close)
        # Opened now, so that the first question does not wait.
        with contextlib.suppress(Unavailable):
            await index.get()
        keywords = await asyncio.to_thread(open_keywords, settings.resolved_keywords_dir())
        process.stack.push_async_callback(asyncio.to_thread, keywords.close)
        app, _, _ = setup(process, index, encoder, keywords)
        app.add_middleware(TrustedCaller, key=settings.service_key.get_secret_value())
        app.add_middleware(ServiceKeyMiddleware, key=settings.service_key)
        app.add_middleware(MetricsMiddleware)
        app.add_middleware(CorrelationIdMiddleware)
        app.add_middleware(SecurityHeaders)
        async with run_background(process):
            await HttpServer(app).serve(sockets=[listener])


if __name__ == "__main__":
    launch("query", read_settings, serve)
