"""The runtime of one Celery process: an event loop in a thread, and the dependencies of its tasks.

It is built at the first task, because a pool's children inherit neither threads nor connections.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from services.embedder.handlers import Embedding, handlers
from shared.blobs import open_blobs
from shared.domain.events import ChunksCreated
from shared.encoders import OpenEncoder, open_batching, open_configured
from shared.ledger.steps import ClaimedTask
from shared.maintenance.cleanup import CleanUp
from shared.process.service import open_service, run_background
from shared.repositories import tasks
from shared.settings import Settings
from shared.worker.worker import Handler, Worker

T = TypeVar("T")
NAME = "embedder-worker"


@dataclass(frozen=True)
class WorkerDeps:
    """The dependencies of the Celery tasks."""

    worker: Worker
    handler: Handler
    clean_up: CleanUp


class Runtime:
    """Runs the tasks of all threads on one loop, so that their texts share batches."""

    def __init__(self, settings: Settings, open_: OpenEncoder = open_configured) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="work", daemon=True)
        self._thread.start()
        self._stack = contextlib.AsyncExitStack()
        self._deps = self._run(_open(settings, open_, self._stack))

    def embed(self, task_id: str, celery_id: str) -> bool:
        """Process one task and store its message's id; return False if it could not be claimed."""
        handler = _storing_celery_id(self._deps.handler, celery_id)
        return self._run(self._deps.worker.work(task_id, handler))

    def clean_up(self) -> dict[str, int]:
        """Run the daily clean-up and return the numbers removed, by kind."""
        return self._run(self._deps.clean_up.run())

    def close(self) -> None:
        """Wait for running work and close all dependencies."""
        self._run(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def _storing_celery_id(handler: Handler, celery_id: str) -> Handler:
    """Return a handler that also stores the Celery message's id in the claim's transaction."""

    def load(session: Session, task: ClaimedTask) -> Any:
        tasks.set_celery_id(session, task.task_id, celery_id)
        return handler.load(session, task)

    return replace(handler, load=load)


async def _open(
    settings: Settings, open_: OpenEncoder, stack: contextlib.AsyncExitStack
) -> WorkerDeps:
    process = await stack.enter_async_context(open_service(settings, NAME))
    encoder = await open_batching(settings, open_)
    stack.push_async_callback(encoder.close)
    await stack.enter_async_context(run_background(process))
    return WorkerDeps(
        worker=process.worker(NAME),
        handler=handlers(Embedding(encoder))[ChunksCreated],
        clean_up=CleanUp(settings, process.database, open_blobs(settings)),
    )
