"""The servers below a cluster, as tests see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from deploy.local.services import Reachable


class Killable(Reachable, Protocol):
    """`kill` is SIGKILL; `start` keeps the address and the data written before."""

    def kill(self) -> None: ...

    def start(self) -> None: ...


class Database(Killable, Protocol):
    def restart_immediate(self) -> None: ...


class Broker(Killable, Protocol):
    def settle(self) -> None: ...

    def delete_queues(self) -> None: ...


@dataclass(frozen=True)
class Servers:
    """The servers of a cluster; those in `named` are known by address only."""

    postgresql: Database
    rabbitmq: Broker
    redis: Killable
    chroma: Killable
    named: frozenset[str] = frozenset()
