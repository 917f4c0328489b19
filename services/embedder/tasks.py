"""The Celery tasks that embedder workers run."""

from __future__ import annotations

import logging
import threading
from typing import Any

from celery import Celery, Task, signals

from services.embedder.celery_app import CLEAN_UP_TASK, EMBED_TASK
from services.embedder.runtime import Runtime
from shared.encoders import OpenEncoder, open_configured
from shared.settings import Settings

log = logging.getLogger(__name__)


class RuntimeHolder:
    """The runtime of this process, built at first use."""

    def __init__(self, settings: Settings, open_: OpenEncoder) -> None:
        self._settings = settings
        self._open = open_
        self._lock = threading.Lock()
        self._runtime: Runtime | None = None

    def get(self) -> Runtime:
        with self._lock:
            if self._runtime is None:
                self._runtime = Runtime(self._settings, self._open)
            return self._runtime

    def close(self, **_: Any) -> None:
        with self._lock:
            runtime, self._runtime = self._runtime, None
        if runtime is not None:
            runtime.close()


def register(
    app: Celery, settings: Settings, open_: OpenEncoder = open_configured
) -> RuntimeHolder:
    """Register the app's tasks and close the runtime with the process that built it."""
    runtimes = RuntimeHolder(settings, open_)

    @app.task(name=EMBED_TASK, bind=True)
    def embed(message: Task, task_id: str) -> None:
        runtimes.get().embed(task_id, message.request.id)

    @app.task(name=CLEAN_UP_TASK)
    def clean_up() -> None:
        log.info("cleaned up", extra=runtimes.get().clean_up())

    signals.worker_process_shutdown.connect(runtimes.close, weak=False)
    signals.worker_shutdown.connect(runtimes.close, weak=False)
    return runtimes
