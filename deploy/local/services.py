"""The processes of a local cluster and the environment of each."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

from deploy.local.polling import LOOPBACK

ROOT = Path(__file__).resolve().parents[2]
MIGRATE = ("services.cli.main", "migrate")
# Settings of the caller that apply to every process; its other settings are for its own server.
KEPT = frozenset(
    f"QUIRE_{name}"
    for name in (
        "CACHE_DIR",
        "HEARTBEAT_SECONDS",
        "HINT_SECONDS",
        "LEASE_SECONDS",
        "LOG_LEVEL",
        "SWEEP_SECONDS",
    )
)
KEPT_PREFIXES = ("QUIRE_ENCODER_", "QUIRE_EMBEDDER_", "QUIRE_PARSER_")


@dataclass(frozen=True)
class Service:
    """One kind of process. `scaled_by` names its count; without it there is exactly one process.

    `settings` override those of the cluster. `user` is its user in the database; a process without
    one does not use the database.
    """

    name: str
    module: str
    scaled_by: str = ""
    has_health: bool = True
    settings: tuple[tuple[str, str], ...] = ()
    user: str = ""

    def instances(self, counts: Mapping[str, int]) -> list[str]:
        """Return the names of its processes: `extractor-1`, `extractor-2`; `query`."""
        if not self.scaled_by:
            return [self.name]
        return [f"{self.name}-{number + 1}" for number in range(counts.get(self.scaled_by, 1))]


GATEWAY = Service("gateway", "services.gateway.main", scaled_by="GATEWAYS", user="gateway")
QUERY = Service("query", "services.query.main", user="query")
EXTRACTOR = Service(
    "extractor", "services.extractor.main", scaled_by="EXTRACTORS", user="extractor"
)
SERVICES = (
    GATEWAY,
    QUERY,
    EXTRACTOR,
    Service("embedder", "services.embedder.main", user="embedder"),
    Service("embedder-worker", "services.embedder.worker", scaled_by="EMBEDDERS", user="embedder"),
    Service(
        "embedder-interactive",
        "services.embedder.worker",
        settings=(("QUIRE_EMBEDDER_LANES", "interactive"), ("QUIRE_EMBEDDER_CONCURRENCY", "2")),
        user="embedder",
    ),
    Service("beat", "services.embedder.beat", has_health=False),
    Service("indexer", "services.indexer.main", scaled_by="INDEXERS", user="indexer"),
)
SCALED_BY = tuple(service.scaled_by for service in SERVICES if service.scaled_by)


class Reachable(Protocol):
    """A server at an address."""

    @property
    def url(self) -> str: ...


class BackingServers(Protocol):
    """The servers that the services need."""

    @property
    def postgresql(self) -> Reachable: ...

    @property
    def rabbitmq(self) -> Reachable: ...

    @property
    def redis(self) -> Reachable: ...

    @property
    def chroma(self) -> Reachable: ...


def instances(services: Sequence[Service], counts: Mapping[str, int]) -> dict[str, Service]:
    """Return the service of every process, by the process's name."""
    return {name: service for service in services for name in service.instances(counts)}


def command(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of this working tree with this interpreter."""
    return [sys.executable, "-m", module, *arguments]


def addresses(servers: BackingServers, data: Path) -> dict[str, str]:
    """Return the settings that name the servers and the shared data folder."""
    return {
        "QUIRE_HOST": LOOPBACK,
        "QUIRE_DATABASE_URL": servers.postgresql.url,
        "QUIRE_RABBITMQ_URL": servers.rabbitmq.url,
        "QUIRE_REDIS_URL": servers.redis.url,
        "QUIRE_VECTORS_URL": servers.chroma.url,
        "QUIRE_DATA_DIR": str(data),
    }


def as_user(url: str, user: str, password: str) -> str:
    """Return the address of a database for one of the users that `quire migrate` makes."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"quire_{user}:{password}@{place}"))


def environment(
    inherited: Mapping[str, str], settings: Mapping[str, str], *, port: int | None = None
) -> dict[str, str]:
    """Return the environment of one process: the caller's, with only the kept Quire settings."""
    kept = {name: value for name, value in inherited.items() if _is_kept(name)}
    path = os.pathsep.join(filter(None, [str(ROOT), kept.get("PYTHONPATH")]))
    own = {} if port is None else {"QUIRE_PORT": str(port)}
    return {**kept, "PYTHONPATH": path, **settings, **own}


def _is_kept(name: str) -> bool:
    return not name.startswith("QUIRE_") or name in KEPT or name.startswith(KEPT_PREFIXES)
