"""The HTTP server that every service runs its application in."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import logging
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, cast

import uvicorn
import uvloop

from shared.domain.errors import SettingsError
from shared.http.app import health_app
from shared.http.limits import BoundedHttp, Ceilings
from shared.http.middleware import App
from shared.http.open_files import OpenFiles
from shared.http.websockets import MAX_MESSAGE_BYTES, BoundedWebSocket
from shared.settings import Settings

log = logging.getLogger(__name__)

# Seconds that running requests get at a stop: less than the 60 s after which Compose kills.
STOP_WITHIN_S = 10
# Connections that the kernel queues before they are accepted.
_BACKLOG = 1024
# uvicorn ticks ten times a second.
_TICKS_PER_CHECK = 5
_TICKS_PER_COUNT = 50


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run `main` on uvloop, which is faster than the default event loop."""
    uvloop.run(main)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one. SettingsError: it can't be bound."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # uvloop disables Nagle's algorithm only for IPPROTO_TCP; it adds 40 ms to small responses.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        reason = f"The server can't listen on port {port} of {host}: {error.strerror or error}."
        raise SettingsError(f"{reason} Set another QUIRE_HOST or QUIRE_PORT.") from error
    return listener


class HttpServer(uvicorn.Server):
    """Serves an app until SIGTERM or SIGINT: `await HttpServer(app).serve(sockets=[listener])`.

    `before_stop` ends endless responses, such as event streams, for which the stop would wait.
    Without `ceilings` any number of clients can connect; without `websockets` none can upgrade.
    """

    def __init__(
        self,
        app: App,
        before_stop: Callable[[], None] = lambda: None,
        *,
        ceilings: Ceilings | None = None,
        websockets: bool = False,
    ) -> None:
        ceilings = ceilings or Ceilings()
        upgraded = functools.partial(BoundedWebSocket, ceilings=ceilings)
        super().__init__(
            uvicorn.Config(
                app,
                http=cast(Any, functools.partial(BoundedHttp, ceilings=ceilings)),
                ws=cast(Any, upgraded) if websockets else "none",
                ws_max_size=MAX_MESSAGE_BYTES,
                # Each connection would keep the tables of a compressor.
                ws_per_message_deflate=False,
                lifespan="on",
                log_config=None,
                access_log=False,
                # `TrustedProxies` believes those of the settings only, not every local program.
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=STOP_WITHIN_S,
            )
        )
        self._before_stop = before_stop
        self._files = OpenFiles()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        _freeze_loaded_objects()

    async def on_tick(self, counter: int) -> bool:
        """Check the deadlines of all connections twice a second, and the open files."""
        if counter % _TICKS_PER_CHECK == 0:
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, BoundedHttp | BoundedWebSocket):
                    connection.check(now)
        if counter % _TICKS_PER_COUNT == 0:
            self._files.check()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._before_stop()
        await super().shutdown(sockets)


@functools.cache
def _freeze_loaded_objects() -> None:
    """Exclude the objects loaded at start from garbage collection, once per process.

    They are never freed, and scanning them stalls the event loop for 100 ms.
    """
    gc.collect()
    gc.freeze()


@contextlib.contextmanager
def serve_beside(settings: Settings, is_ready: Callable[[], bool]) -> Iterator[None]:
    """Serve health and metrics from a thread while the context is entered, for blocking work."""

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
