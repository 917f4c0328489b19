"""Finds the servers that tests need: named by address, in containers, or started privately."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
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
from deploy.local.server import LocalServer
from deploy.local.servers import Startable, install_missing, start_all, stop_all
from tests.support import containers

# Sorted by the time they take to start, longest first.
ADDRESSES = {
    "rabbitmq": "QUIRE_TEST_RABBITMQ_URL",
    "chroma": "QUIRE_TEST_CHROMA_URL",
    "redis": "QUIRE_TEST_REDIS_URL",
    "postgresql": "QUIRE_TEST_POSTGRES_URL",
}
BACKEND = "QUIRE_TEST_SERVERS"
CONTAINERS, PRIVATE = "containers", "private"


@dataclass(frozen=True)
class Named:
    """A server known by its address only: tests use it, but can neither kill nor start it."""

    url: str


def named(names: Sequence[str], environment: Mapping[str, str]) -> dict[str, Named]:
    """Return the servers whose address is in the environment."""
    urls = {name: environment.get(ADDRESSES[name]) for name in names}
    return {name: Named(url) for name, url in urls.items() if url}


def backends(environment: Mapping[str, str], docker_answers: Callable[[], bool]) -> list[str]:
    """Return the backends that can start the other servers, preferred first.

    Raises ValueError if QUIRE_TEST_SERVERS names an unknown one.
    """
    if chosen := environment.get(BACKEND):
        if chosen not in (CONTAINERS, PRIVATE):
            raise ValueError(f"{BACKEND} is {chosen!r}; it may be {CONTAINERS!r} or {PRIVATE!r}.")
        return [chosen]
    return [CONTAINERS, PRIVATE] if docker_answers() else [PRIVATE]


@pytest.fixture(scope="session")
def server_backends() -> list[str]:
    """Return the backends to try; one that fails is removed for the rest of the session."""
    return backends(os.environ, containers.docker_answers)


@contextlib.contextmanager
def running(
    names: Sequence[str], open_backends: list[str], *, durable: bool = False
) -> Iterator[dict[str, Any]]:
    """Yield these servers by name, all ready; skip the test if no backend can start them."""
    found = named(names, os.environ)
    missing = [name for name in names if name not in found]
    # Not a folder of pytest's: every run of pytest closes their root to other users, and PostgreSQL
    # runs as another user. A second run would take its data away from the first one's.
    with tempfile.TemporaryDirectory(prefix="quire-servers-") as folder:
        started = _start(missing, Path(folder), open_backends, durable) if missing else {}
        try:
            yield {**found, **started}
        finally:
            stop_all(list(started.values()))


def _start(
    names: Sequence[str], folder: Path, open_backends: list[str], durable: bool
) -> Mapping[str, Startable]:
    backend, *others = open_backends
    try:
        return _private(names, folder, durable) if backend == PRIVATE else _in_docker(names)
    except NotUp as reason:
        if not others:
            variables = ", ".join(ADDRESSES[name] for name in names)
            pytest.skip(f"no address is set ({variables}), and none could be started: {reason}")
        warnings.warn(
            f"{backend} did not start, so {others[0]} servers are used: {reason}", stacklevel=2
        )
    open_backends.remove(backend)
    return _start(names, folder, open_backends, durable)


def _in_docker(names: Sequence[str]) -> Mapping[str, Startable]:
    made = {name: containers.KINDS[name]() for name in names}
    start_all(list(made.values()))
    return made


def _private(names: Sequence[str], folder: Path, durable: bool) -> Mapping[str, Startable]:
    kinds: dict[str, Callable[[Path], LocalServer]] = {
        "rabbitmq": RabbitMQ,
        "chroma": Chroma,
        "redis": Redis,
        "postgresql": partial(PostgreSQL, durable=durable),
    }
    made = {name: kinds[name](folder / name) for name in names}
    with _installing_alone():
        install_missing(list(made.values()))
    start_all(list(made.values()))
    return made


@contextlib.contextmanager
def _installing_alone() -> Iterator[None]:
    """Keep workers of one machine from running the package manager at the same time."""
    with (Path(tempfile.gettempdir()) / "quire-tests-install.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
