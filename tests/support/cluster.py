"""The servers of a cluster and the faults that tests cause in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from deploy.local.services import Reachable


class Killable(Reachable, Protocol):
    """A server that can be killed; `start` then uses the same address and data."""

    def kill(self) -> None: ...

    def start(self) -> None: ...


class Database(Killable, Protocol):
    def restart_immediate(self) -> None: ...


class Broker(Killable, Protocol):
    def sync_queue_names(self) -> None: ...

    def delete_queues(self) -> None: ...


@dataclass(frozen=True)
class Servers:
    """The servers of a cluster; of those in `named` only the address is known."""

    postgresql: Database
    rabbitmq: Broker
    redis: Killable
    chroma: Killable
    named: frozenset[str] = frozenset()
