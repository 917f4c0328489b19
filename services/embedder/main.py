"""Runs the embedder's consumer, which sends batches from the bus to the Celery workers."""

from __future__ import annotations

import asyncio

from services.embedder.celery_app import make_app, waiting
from services.embedder.dispatch import Dispatch
from shared.domain.events import ChunksCreated
from shared.domain.stages import EMBED
from shared.process.service import Process, Readiness, run
from shared.settings import read_settings
from shared.telemetry.metrics import CELERY_QUEUE

# Batches per lane that are being sent: each blocks a thread for milliseconds.
AT_ONCE = 8


async def setup(process: Process) -> Readiness:
    """Send batches to Celery for `services.embedder.worker`."""
    dispatch = Dispatch(make_app(process.settings))
    process.bus.subscribe([ChunksCreated], dispatch, group=EMBED.worker, at_once=AT_ONCE)

    async def refresh() -> None:
        for queue, messages in (await asyncio.to_thread(waiting, process.settings)).items():
            CELERY_QUEUE.labels(queue).set(messages)

    return Readiness(refresh=refresh)


if __name__ == "__main__":
    run("embedder", read_settings, setup)
