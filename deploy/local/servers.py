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
from deploy.local.server import Server


class Startable(Protocol):
    """A server whose coming up may be waited for later."""

    def launch(self) -> None: ...

    def wait_up(self, *, cancelled: threading.Event | None = None) -> None: ...

    def stop(self) -> None: ...


class Servers:
    """As a context manager: they are up inside, and stopped and clean after."""

    def __init__(self, folder: Path, *, logs: Path | None = None, durable: bool = False) -> None:
        logs = logs or folder / "logs"
        self.rabbitmq = RabbitMQ(folder / "rabbitmq", log=logs / "rabbitmq.log")
        self.postgresql = PostgreSQL(
            folder / "postgresql", log=logs / "postgresql.log", durable=durable
        )
        self.redis = Redis(folder / "redis", log=logs / "redis.log")
        self.chroma = Chroma(folder / "chroma", log=logs / "chroma.log")

    @property
    def all(self) -> Sequence[Server]:
        return (self.rabbitmq, self.chroma, self.redis, self.postgresql)

    def start(self, cancelled: threading.Event | None = None) -> None:
        """All or none. NotUp: which one did not come up, and the end of its log."""
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


def install_missing(servers: Sequence[Server]) -> None:
    """What they need, at once. NotUp: that is not possible here."""
    install([each.package for each in servers if each.package and each.program() is None])


def start_all(servers: Sequence[Startable], cancelled: threading.Event | None = None) -> None:
    """Return when every one of them answers, or none runs. The slowest is best named first."""
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
