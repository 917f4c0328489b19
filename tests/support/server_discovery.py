"""Where the servers of tests come from: named ones, else containers, else private ones."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from deploy.local.chroma import Chroma
from deploy.local.polling import NotUp
from deploy.local.postgresql import PostgreSQL
from deploy.local.rabbitmq import RabbitMQ
from deploy.local.redis import Redis
from deploy.local.server import Server
from deploy.local.servers import Startable, install_missing, start_all, stop_all
from tests.support import containers

# The slowest to start comes first.
ADDRESSES = {
    "rabbitmq": "QUIRE_TEST_RABBITMQ_URL",
    "chroma": "QUIRE_TEST_CHROMA_URL",
    "redis": "QUIRE_TEST_REDIS_URL",
    "postgresql": "QUIRE_TEST_POSTGRES_URL",
}
WAY = "QUIRE_TEST_SERVERS"
CONTAINERS, PRIVATE = "containers", "private"


@dataclass(frozen=True)
class Named:
    """A server that somebody else runs: it can be used, and neither killed nor started."""

    url: str


def named(names: Sequence[str], environment: Mapping[str, str]) -> dict[str, Named]:
    """Those that have an address already."""
    urls = {name: environment.get(ADDRESSES[name]) for name in names}
    return {name: Named(url) for name, url in urls.items() if url}


def ways(environment: Mapping[str, str], docker_answers: Callable[[], bool]) -> list[str]:
    """How the others can be had, the best first. ValueError: the environment asks for no way."""
    if chosen := environment.get(WAY):
        if chosen not in (CONTAINERS, PRIVATE):
            raise ValueError(f"{WAY} is {chosen!r}; it may be {CONTAINERS!r} or {PRIVATE!r}.")
        return [chosen]
    return [CONTAINERS, PRIVATE] if docker_answers() else [PRIVATE]


@pytest.fixture(scope="session")
def server_ways() -> list[str]:
    """The ways that are open; one that turns out to lead nowhere is closed for all tests."""
    return ways(os.environ, containers.docker_answers)


@contextlib.contextmanager
def running(
    names: Sequence[str], folder: Path, open_ways: list[str], *, durable: bool = False
) -> Iterator[dict[str, Any]]:
    """These servers by name, all up; the test is skipped if there is no way to have them."""
    found = named(names, os.environ)
    missing = [name for name in names if name not in found]
    started = _start(missing, folder, open_ways, durable) if missing else {}
    try:
        yield {**found, **started}
    finally:
        stop_all(list(started.values()))


def _start(
    names: Sequence[str], folder: Path, open_ways: list[str], durable: bool
) -> Mapping[str, Startable]:
    way, *others = open_ways
    try:
        return _private(names, folder, durable) if way == PRIVATE else _in_docker(names)
    except NotUp as reason:
        if not others:
            variables = ", ".join(ADDRESSES[name] for name in names)
            pytest.skip(f"named is no server ({variables}), and none could be started: {reason}")
        warnings.warn(
            f"{way} did not start, so {others[0]} servers are used: {reason}", stacklevel=2
        )
    open_ways.remove(way)
    return _start(names, folder, open_ways, durable)


def _in_docker(names: Sequence[str]) -> Mapping[str, Startable]:
    made = {name: containers.KINDS[name]() for name in names}
    start_all(list(made.values()))
    return made


def _private(names: Sequence[str], folder: Path, durable: bool) -> Mapping[str, Startable]:
    kinds: dict[str, Callable[[Path], Server]] = {
        "rabbitmq": RabbitMQ,
        "chroma": Chroma,
        "redis": Redis,
        "postgresql": partial(PostgreSQL, durable=durable),
    }
    made = {name: kinds[name](folder / name) for name in names}
    install_missing(list(made.values()))
    start_all(list(made.values()))
    return made
