"""The HTTP server around the app: it ends the endless answers before it waits for the others."""

from __future__ import annotations

import socket

import uvicorn

from services.gateway.feed import EventFeed
from services.gateway.protocol import BoundedHttp
from shared.asgi import App

STOP_WITHIN_S = 10
_BACKLOG = 1024


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or the event loop leaves Nagle's algorithm on: 40 ms for every small answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(_BACKLOG)
    return listener


class GatewayServer(uvicorn.Server):
    """`await GatewayServer(app, feed).serve(sockets=[…])`."""

    def __init__(self, app: App, feed: EventFeed) -> None:
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
        self._feed = feed

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._feed.close()
        await super().shutdown(sockets)
