"""The HTTP server around an app, the same for every service."""

from __future__ import annotations

import contextlib
import functools
import gc
import logging
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import uvicorn
import uvloop

from shared.domain.errors import SettingsError
from shared.http.app import health_app
from shared.http.limits import BoundedHttp
from shared.http.middleware import App
from shared.settings import Settings

log = logging.getLogger(__name__)

STOP_WITHIN_S = 10
_BACKLOG = 1024


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run `main` on the fast event loop."""
    uvloop.run(main)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. SettingsError: the address is not to be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or the event loop leaves Nagle's algorithm on: 40 ms for every small answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        reason = f"Nothing can listen on port {port} of {host}: {error.strerror or error}."
        raise SettingsError(f"{reason} Set QUIRE_HOST or QUIRE_PORT to another.") from error
    return listener


class HttpServer(uvicorn.Server):
    """`await HttpServer(app).serve(sockets=[…])` until a signal says stop.

    `before_stop` ends answers that have no end, which the server would otherwise wait for.
    """

    def __init__(self, app: App, before_stop: Callable[[], None] = lambda: None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=BoundedHttp,
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=STOP_WITHIN_S,
            )
        )
        self._before_stop = before_stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        _set_aside_what_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._before_stop()
        await super().shutdown(sockets)


@functools.cache
def _set_aside_what_started() -> None:
    """`gc.freeze()` what was loaded at start, once a process: it is never freed, and scanning it
    stalls the event loop for 100 ms.
    """
    gc.collect()
    gc.freeze()


@contextlib.contextmanager
def serve_beside(settings: Settings, is_ready: Callable[[], bool]) -> Iterator[None]:
    """Health and metrics from a thread, beside work that is no event loop's."""

    async def ready() -> dict[str, bool]:
        return {"work": is_ready()}

    with listen(settings.host, settings.port) as listener:
        server = HttpServer(health_app(ready))
        thread = threading.Thread(
            target=lambda: uvloop.run(server.serve(sockets=[listener])), name="http", daemon=True
        )
        thread.start()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join(STOP_WITHIN_S)
