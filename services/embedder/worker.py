"""Runs an embedder worker: `python -m services.embedder.worker`."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

from celery import signals

from services.embedder.celery_app import make_app
from services.embedder.runtime import NAME
from services.embedder.tasks import register
from shared.domain.errors import SettingsError
from shared.encoders import OpenEncoder, open_configured
from shared.http.server import serve_beside
from shared.process.priority import lower_priority
from shared.settings import Settings, read_settings
from shared.system.privacy import keep_private
from shared.telemetry.logs import configure_logging


def main(
    read: Callable[[], Settings] = read_settings, open_: OpenEncoder = open_configured
) -> None:
    """Run until SIGTERM and finish running batches; a `SettingsError` exits with its message."""
    try:
        settings = read()
        configure_logging(
            settings.log_level, service=NAME, sql_echo=settings.sql_echo, notes=settings.notes
        )
        lower_priority()
        keep_private()
        _work(settings, open_)
    except SettingsError as error:
        sys.exit(f"quire {NAME}: {error}")


def _work(settings: Settings, open_: OpenEncoder) -> None:
    app = make_app(settings)
    runtimes = register(app, settings, open_)
    ready = threading.Event()

    def begin(**_: Any) -> None:
        if settings.embedder_pool != "prefork":
            runtimes.get()  # Each child of a prefork pool builds its own at its first batch.
        ready.set()

    signals.worker_ready.connect(begin, weak=False)
    with serve_beside(settings, ready.is_set):
        app.worker_main(["worker", "--without-mingle", "--without-gossip", "--loglevel=WARNING"])


if __name__ == "__main__":
    main()
