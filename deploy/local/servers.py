"""The four servers that Quire's services need, started side by side."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Protocol

from deploy.local.chroma import Chroma
from deploy.local.install import install
from deploy.local.postgresql import PostgreSQL
from deploy.local.rabbitmq import RabbitMQ
from deploy.local.redis import Redis
from deploy.local.server import LocalServer


class Startable(Protocol):
    """A server that is started first and waited for later."""

    def launch(self) -> None: ...

    def wait_up(self, *, cancelled: threading.Event | None = None) -> None: ...

    def stop(self) -> None: ...


class Servers:
    """A context manager: all servers answer inside it and are stopped cleanly after it."""

    def __init__(self, folder: Path, *, logs: Path | None = None, durable: bool = False) -> None:
        logs = logs or folder / "logs"
        self.rabbitmq = RabbitMQ(folder / "rabbitmq", log=logs / "rabbitmq.log")
        self.postgresql = PostgreSQL(
            folder / "postgresql", log=logs / "postgresql.log", durable=durable
        )
        self.redis = Redis(folder / "redis", log=logs / "redis.log")
        self.chroma = Chroma(folder / "chroma", log=logs / "chroma.log")

    @property
    def all(self) -> Sequence[LocalServer]:
        return (self.rabbitmq, self.chroma, self.redis, self.postgresql)

    def start(self, cancelled: threading.Event | None = None) -> None:
        """Start all servers or none. NotUp: names the one that failed, with the end of its log."""
        install_missing(self.all)
        start_all(self.all, cancelled)

    def stop(self) -> None:
        stop_all(self.all)

    def __enter__(self) -> Servers:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def install_missing(servers: Sequence[LocalServer]) -> None:
    """Install the packages of missing servers in one step. NotUp: not possible here."""
    install([each.package for each in servers if each.package and each.program() is None])


def start_all(servers: Sequence[Startable], cancelled: threading.Event | None = None) -> None:
    """Return when every server answers; if one fails, stop all. Name the slowest first."""
    try:
        for server in servers:
            server.launch()
        for server in servers:
            server.wait_up(cancelled=cancelled)
    except BaseException:
        stop_all(servers)
        raise


def stop_all(servers: Sequence[Startable]) -> None:
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda server: server.stop(), servers))
