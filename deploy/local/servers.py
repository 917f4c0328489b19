"""The four servers that Quire's services need, started side by side."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from deploy.local.chroma import Chroma
from deploy.local.install import install
from deploy.local.postgresql import PostgreSQL
from deploy.local.rabbitmq import RabbitMQ
from deploy.local.redis import Redis
from deploy.local.server import Server


class Servers:
    """As a context manager: they are up inside, and stopped and clean after.

    `metrics` has RabbitMQ tell Prometheus of its queues.
    """

    def __init__(
        self,
        folder: Path,
        *,
        logs: Path | None = None,
        durable: bool = False,
        metrics: bool = False,
    ) -> None:
        logs = logs or folder / "logs"
        self.rabbitmq = RabbitMQ(folder / "rabbitmq", log=logs / "rabbitmq.log", metrics=metrics)
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
        install([each.package for each in self.all if each.package and each.program() is None])
        try:
            start_all(self.all, cancelled)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        with ThreadPoolExecutor() as threads:
            list(threads.map(lambda server: server.stop(), self.all))

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


def start_all(servers: Sequence[Server], cancelled: threading.Event | None = None) -> None:
    """Return when every one of them answers. The slowest is best named first."""
    for server in servers:
        server.launch()
    for server in servers:
        server.wait_up(cancelled=cancelled)
