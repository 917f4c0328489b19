"""Opens, runs and closes the database, bus, leases and sweeper of a process, in one order.

The `setup` of a service registers its handlers with the opened `Process` and returns the checks
that `/readyz` makes besides those of database and bus. A service's `main.py` opens a process and
calls its setup; `services/embedded.py` opens one process and calls the setup of every service.
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
from typing import Any, ParamSpec, Protocol, TypeVar

from shared.bus import open_bus
from shared.bus.base import Bus
from shared.bus.watchdog import Watchdog
from shared.database import migrate, open_database
from shared.database.base import Database, ping
from shared.domain.errors import SettingsError, Unavailable
from shared.domain.events import TaskEvent
from shared.http import server
from shared.http.app import Checks, Ready, Refresh, health_app
from shared.http.middleware import App
from shared.http.server import HttpServer, listen
from shared.http.service_key import ServiceKeyMiddleware
from shared.process.priority import lower_priority
from shared.settings import Settings
from shared.system.privacy import keep_private, private_folder
from shared.telemetry.logs import configure_logging
from shared.telemetry.tracing import export_to, tracing
from shared.worker.leases import Leases
from shared.worker.sweeper import Sweeper
from shared.worker.worker import Handler, Worker

log = logging.getLogger(__name__)

# Seconds between connection attempts at start: an attempt costs a server little.
RETRY_PAUSE_S = 1.0

P = ParamSpec("P")
T = TypeVar("T")
Check = Callable[[], Awaitable[bool]]
CheckOfParts = Callable[[], Awaitable[tuple[str, ...]]]
"""Returns the names of what works; none if the whole does not."""
Serve = Callable[[Settings, socket.socket], Coroutine[Any, Any, None]]


class BackgroundPart(Protocol):
    """Runs beside the handlers, from `start` to `stop`."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


@dataclass(frozen=True)
class Process:
    """The opened parts of a process.

    stack       closes what a setup opens, after everything else has stopped
    owner       name of this process in leases, different from that of every other process
    background  what a setup adds here starts after the bus and stops before it
    routes      apps by path that take POST requests of other services, beside health and metrics
    """

    settings: Settings
    name: str
    database: Database
    bus: Bus
    leases: Leases
    stack: contextlib.AsyncExitStack
    owner: str
    background: list[BackgroundPart] = field(default_factory=list)
    routes: dict[str, App] = field(default_factory=dict)

    def worker(self, name: str) -> Worker:
        """Return a worker of this process; `name` is the group of consumers that it joins."""
        return Worker(
            name=name,
            owner=self.owner,
            database=self.database,
            bus=self.bus,
            leases=self.leases,
            lease_s=self.settings.lease_seconds,
        )

    def subscribe(
        self, handlers: Mapping[type[TaskEvent], Handler], *, group: str, at_once: int
    ) -> None:
        """Process the tasks that these events announce, `at_once` of them in each lane."""
        self.worker(group).subscribe(handlers, at_once=at_once)

    def ready(self, *services: Readiness) -> Ready:
        """Return the function that makes the checks of `/readyz`: database, bus, services."""
        checks: dict[str, Check | CheckOfParts] = {
            "database": self._has_database,
            "bus": self.bus.is_consuming,
        }
        for service in services:
            checks.update(service.checks)

        async def ready() -> Checks:
            return {name: await check() for name, check in checks.items()}

        return ready

    async def _has_database(self) -> bool:
        try:
            return bool(await self.database.read(ping))
        except Unavailable:
            return False


@dataclass(frozen=True)
class Readiness:
    """The checks of one service by name; `refresh` updates its gauges before a scrape."""

    checks: Mapping[str, Check | CheckOfParts] = field(default_factory=dict)
    refresh: Refresh | None = None


Setup = Callable[[Process], Awaitable[Readiness]]


@contextlib.asynccontextmanager
async def open_process(
    settings: Settings, name: str, database: Database, bus: Bus
) -> AsyncIterator[Process]:
    """Yield a process on an opened database and a bus; nothing runs yet."""
    async with contextlib.AsyncExitStack() as stack:
        if settings.traces_url:
            tracing.configure(name, export_to(settings.traces_url))
            stack.callback(tracing.close)
        leases = Leases(
            database, lease_s=settings.lease_seconds, heartbeat_s=settings.heartbeat_seconds
        )
        owner = f"{name}:{socket.gethostname()}:{os.getpid()}:{uuid.uuid4()}"
        yield Process(settings, name, database, bus, leases, stack, owner)


@contextlib.asynccontextmanager
async def open_service(settings: Settings, name: str) -> AsyncIterator[Process]:
    """Yield a process on the database and broker of the settings, with a watchdog on the bus.

    SettingsError: database or broker is not set.
    """
    broker_url = settings.rabbitmq_url.get_secret_value()
    if not broker_url or not settings.database_url.get_secret_value():
        raise SettingsError(
            "A service that runs as its own process needs QUIRE_RABBITMQ_URL and"
            " QUIRE_DATABASE_URL. Set both."
        )
    bus = open_bus(broker_url)
    async with (
        open_migrated(settings) as database,
        open_process(settings, name, database, bus) as process,
    ):
        process.background.append(Watchdog(bus.is_consuming))
        yield process


@contextlib.asynccontextmanager
async def open_migrated(settings: Settings) -> AsyncIterator[Database]:
    """Yield the database of the settings, upgraded to the current schema."""
    url = settings.resolved_database_url()
    private_folder(settings.data_dir)
    await asyncio.to_thread(migrate.upgrade, url)
    database = open_database(url)
    try:
        yield database
    finally:
        await database.close()


@contextlib.asynccontextmanager
async def run_background(process: Process) -> AsyncIterator[None]:
    """Run heartbeat, sweeper, bus and background parts.

    They stop in reverse order, so leases are extended until the bus has ended its deliveries.
    """
    settings = process.settings
    sweeper = Sweeper(
        process.database,
        process.bus,
        every_s=settings.sweep_seconds,
        hint_after_s=settings.hint_seconds,
    )
    async with contextlib.AsyncExitStack() as stack:
        parts: list[BackgroundPart] = [process.leases, sweeper, process.bus]
        for part in parts + process.background:
            stack.push_async_callback(part.stop)
            await part.start()
        yield


def launch(name: str, read: Callable[[], Settings], serve: Serve) -> None:
    """Run `serve` until SIGTERM; a `SettingsError` exits with its message."""
    keep_private()
    try:
        settings = read()
        configure_logging(
            settings.log_level, service=name, sql_echo=settings.sql_echo, notes=settings.notes
        )
        with listen(settings.host, settings.port) as listener:
            server.run(serve(settings, listener))
    except SettingsError as error:
        sys.exit(f"quire {name}: {error}")


def run(name: str, read: Callable[[], Settings], setup: Setup) -> None:
    """Run a service whose work arrives over the bus; its port serves health, metrics and `routes`.

    Its priority is lower than that of services on the same machine that answer requests.
    """
    lower_priority()
    launch(name, read, partial(_run, name, setup))


async def _run(name: str, setup: Setup, settings: Settings, listener: socket.socket) -> None:
    async with open_service(settings, name) as process:
        readiness = await setup(process)
        app = health_app(process.ready(readiness), readiness.refresh, process.routes)
        async with run_background(process):
            guarded = ServiceKeyMiddleware(app, settings.service_key)
            await HttpServer(guarded).serve(sockets=[listener])


async def retry_until_available(open_: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return the result of the blocking `open_`; while it raises Unavailable, call it again."""
    while True:
        try:
            return await asyncio.to_thread(open_, *args, **kwargs)
        except Unavailable:
            log.warning("waiting for a server", extra={"opening": open_.__name__})
            await asyncio.sleep(RETRY_PAUSE_S)
