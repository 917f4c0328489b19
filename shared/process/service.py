"""One service as a process of its own: what all of them open, run and close in the same order.

A `main.py` says what is particular to its service in a function that is given the opened `Process`
and hands back what `/readyz` has to ask besides database and bus.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import text

from shared.bus.rabbitmq import RabbitBus
from shared.bus.watchdog import Watchdog
from shared.database import migrate, open_database
from shared.database.base import Database
from shared.domain.errors import SettingsError, Unavailable
from shared.domain.events import TaskEvent
from shared.http import server
from shared.http.app import Refresh, health_app
from shared.http.server import HttpServer, listen
from shared.process.priority import lower_priority
from shared.settings import Settings
from shared.telemetry.logs import configure_logging
from shared.telemetry.tracing import export_to, tracing
from shared.worker.leases import Leases
from shared.worker.sweeper import Sweeper
from shared.worker.worker import Handler, Worker

log = logging.getLogger(__name__)

PAUSE_S = 1.0

P = ParamSpec("P")
T = TypeVar("T")
Check = Callable[[], Awaitable[bool]]
Serve = Callable[[Settings, socket.socket], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Process:
    """What every service has. Close what a service opens with `stack`."""

    settings: Settings
    name: str
    database: Database
    bus: RabbitBus
    leases: Leases
    stack: contextlib.AsyncExitStack
    owner: str = field(
        default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4()}"
    )

    def worker(self) -> Worker:
        """Works tasks under this process's name."""
        return Worker(
            name=self.name,
            owner=self.owner,
            database=self.database,
            bus=self.bus,
            leases=self.leases,
            lease_s=self.settings.lease_seconds,
        )

    def serve(self, handlers: Mapping[type[TaskEvent], Handler], *, at_once: int) -> None:
        """Work the tasks that these events announce."""
        self.worker().serve(handlers, at_once=at_once)


@contextlib.asynccontextmanager
async def open_service(settings: Settings, name: str) -> AsyncIterator[Process]:
    """Database, bus and leases, nothing at work yet. SettingsError: no bus or database is set."""
    url = settings.rabbitmq_url.get_secret_value()
    if not url or not settings.database_url.get_secret_value():
        raise SettingsError("A service of its own needs QUIRE_RABBITMQ_URL and QUIRE_DATABASE_URL.")
    async with contextlib.AsyncExitStack() as stack:
        await asyncio.to_thread(migrate.upgrade, settings.resolved_database_url())
        database = open_database(settings.resolved_database_url())
        stack.push_async_callback(database.close)
        if settings.traces_url:
            tracing.configure(name, export_to(settings.traces_url))
            stack.callback(tracing.close)
        leases = Leases(
            database, lease_s=settings.lease_seconds, heartbeat_s=settings.heartbeat_seconds
        )
        yield Process(settings, name, database, RabbitBus(url), leases, stack)


@contextlib.asynccontextmanager
async def run_background(process: Process) -> AsyncIterator[Sweeper]:
    """Bus, heartbeat and sweeper run until the context is left; work in hand ends first."""
    settings = process.settings
    sweeper = Sweeper(
        process.database,
        process.bus,
        every_s=settings.sweep_seconds,
        hint_after_s=settings.hint_seconds,
    )
    async with contextlib.AsyncExitStack() as stack:
        for part in (process.leases, sweeper, process.bus, Watchdog(process.bus.is_consuming)):
            stack.push_async_callback(part.stop)
            await part.start()
        yield sweeper


def launch(name: str, read: Callable[[], Settings], serve: Serve) -> None:
    """A service until a signal says stop. Settings that are no good end it with their sentence."""
    try:
        settings = read()
        configure_logging(settings.log_level, service=name)
        with listen(settings.host, settings.port) as listener:
            server.run(serve(settings, listener))
    except SettingsError as error:
        sys.exit(f"quire {name}: {error}")


def run(name: str, read: Callable[[], Settings], setup: Setup) -> None:
    """A service whose work does not come over HTTP: it has a port for health and metrics only.

    Those that answer requests go first, where they share a computer with it.
    """
    lower_priority()
    launch(name, read, partial(_run, name, setup))


async def _run(name: str, setup: Setup, settings: Settings, listener: socket.socket) -> None:
    async with open_service(settings, name) as process:
        readiness = await setup(process)
        checks = {**basic_checks(process), **readiness.checks}

        async def ready() -> dict[str, bool]:
            return {what: await check() for what, check in checks.items()}

        async with run_background(process):
            await HttpServer(health_app(ready, readiness.refresh)).serve(sockets=[listener])


@dataclass(frozen=True)
class Readiness:
    """What a service has besides its work: what readiness has to ask, and gauges of its own."""

    checks: Mapping[str, Check] = field(default_factory=dict)
    refresh: Refresh | None = None


Setup = Callable[[Process], Awaitable[Readiness]]


async def retry_until_available(open_: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `open_` opens in a thread, once the server that it needs is there."""
    while True:
        try:
            return await asyncio.to_thread(open_, *args, **kwargs)
        except Unavailable:
            log.warning("waiting for a server", extra={"opening": open_.__name__})
            await asyncio.sleep(PAUSE_S)


def basic_checks(process: Process) -> dict[str, Check]:
    """What every service needs to be ready."""

    async def database() -> bool:
        try:
            return bool(
                await process.database.read(lambda session: session.scalar(text("SELECT 1")))
            )
        except Unavailable:
            return False

    return {"database": database, "bus": process.bus.is_consuming}
