"""Quire as processes of their own, with servers of their own, in one folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from deploy.local.polling import LOOPBACK, NotUp
from deploy.local.ports import claim
from deploy.local.server import Server
from deploy.local.servers import Servers
from deploy.local.services import (
    GATEWAY,
    MIGRATE,
    QUERY,
    SERVICES,
    FourServers,
    Service,
    addresses,
    command,
    environment,
    instances,
)
from deploy.local.supervisor import Process, Supervisor

READY_WITHIN_S = 120.0
_TAIL_CHARACTERS = 3000


class Cluster:
    """As a context manager: all is ready inside, and stopped after.

    `counts` says how many of what: GATEWAYS, EXTRACTORS, EMBEDDERS, INDEXERS. `settings` are of
    every process, by their full names. Given `servers` run already and go on after; without them
    it has its own.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        counts: Mapping[str, int] | None = None,
        settings: Mapping[str, str] | None = None,
        servers: FourServers | None = None,
        durable: bool = True,
        services: Sequence[Service] = SERVICES,
    ) -> None:
        self.folder = folder.resolve()
        self.logs = self.folder / "logs"
        self.data = self.folder / "data"
        self._own: Servers | None = None
        if servers is None:
            servers = self._own = Servers(self.folder, logs=self.logs, durable=durable)
        self.servers: FourServers = servers
        self._counts = counts or {}
        # Read once; a process that is started again gets the same.
        self._inherited = dict(os.environ)
        members = instances(services, self._counts)
        first = GATEWAY.instances(self._counts)[0]
        ports = {
            name: claim(port if name == first else 0)
            for name, service in members.items()
            if service.has_health
        }
        query = {"QUIRE_QUERY_URL": f"http://{LOOPBACK}:{ports[QUERY.name]}"}
        self.settings = addresses(self.servers, self.data) | query | dict(settings or {})
        self.processes = {
            name: self._process(name, service, ports.get(name)) for name, service in members.items()
        }
        self._supervisor = Supervisor(list(self.processes.values()))
        self._stack = contextlib.ExitStack()

    @property
    def parts(self) -> list[Server | Process]:
        """All that it runs: the processes, and the servers that are its own."""
        return [*(self._own.all if self._own else ()), *self.processes.values()]

    @property
    def gateway_url(self) -> str:
        """Of the first."""
        return self.gateway_urls[0]

    @property
    def gateway_urls(self) -> list[str]:
        return [self.processes[name].url for name in GATEWAY.instances(self._counts)]

    def start(self, cancelled: threading.Event | None = None) -> None:
        """All or nothing. NotUp: one sentence, and the end of the log it is about."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self.data.mkdir(exist_ok=True)
        with contextlib.ExitStack() as stack:
            stack.enter_context(_only_one(self.folder))
            if self._own is not None:
                stack.callback(self._own.stop)
                self._own.start(cancelled)
            self._migrate()
            stack.callback(self._supervisor.stop)
            self._supervisor.start()
            self.wait_ready(cancelled=cancelled)
            self._stack = stack.pop_all()

    def wait_ready(
        self, *, seconds: float = READY_WITHIN_S, cancelled: threading.Event | None = None
    ) -> None:
        """Return when every process says that it is ready, for instance after one was killed."""
        self._supervisor.wait_ready(seconds=seconds, cancelled=cancelled)

    def stop(self) -> None:
        """The services, and then the servers they stand on."""
        self._stack.close()

    def kill(self, name: str) -> None:
        """SIGKILL for this process and all that descends from it. It is started again."""
        self.processes[name].kill()

    @contextlib.contextmanager
    def halted(self, name: str) -> Iterator[None]:
        """This process hangs for a while: SIGSTOP, and SIGCONT at the end."""
        self.processes[name].halt()
        try:
            yield
        finally:
            self.processes[name].resume()

    def __enter__(self) -> Cluster:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _process(self, name: str, service: Service, port: int | None) -> Process:
        settings = self.settings | dict(service.settings)
        return Process(
            name,
            command(service.module),
            log=self.logs / f"{name}.log",
            # Where no `.env` is: the environment is all that counts.
            cwd=self.folder,
            environment=environment(self._inherited, settings, port=port),
            port=port,
        )

    def _migrate(self) -> None:
        done = subprocess.run(
            command(*MIGRATE),
            cwd=self.folder,
            env=environment(self._inherited, self.settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        (self.logs / "migrate.log").write_text(done.stdout, encoding="utf-8")
        if done.returncode:
            raise NotUp(f"The database was not migrated:\n{done.stdout[-_TAIL_CHARACTERS:]}")


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Nobody else runs in this folder meanwhile. NotUp: somebody does."""
    with (folder / "lock").open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotUp(f"Quire runs in {folder} already.") from None
        yield
