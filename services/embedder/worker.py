"""An embedder worker, `python -m services.embedder.worker`: as many as there is work for."""

from __future__ import annotations

import threading
from typing import Any

from celery import signals

from services.embedder.celery_app import make_app
from services.embedder.runtime import OpenEncoder, encoder_of
from services.embedder.tasks import register
from shared.observe import configure_logging
from shared.serving import serve_beside
from shared.settings import Settings, read_settings


def main(settings: Settings | None = None, open_: OpenEncoder = encoder_of) -> None:
    """Run until a signal says stop; batches in hand end first."""
    settings = settings or read_settings()
    configure_logging(settings.log_level, service="embedder-worker")
    app = make_app(settings)
    runtimes = register(app, settings, open_)
    ready = threading.Event()

    def begin(**_: Any) -> None:
        if settings.embedder_pool != "prefork":
            runtimes.get()  # Otherwise each child builds its own at its first batch.
        ready.set()

    signals.worker_ready.connect(begin, weak=False)
    with serve_beside(settings, ready.is_set):
        app.worker_main(["worker", "--without-mingle", "--without-gossip", "--loglevel=WARNING"])


if __name__ == "__main__":
    main()
