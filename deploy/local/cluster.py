"""A cluster in one folder: each service as a process, with private servers."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from deploy.local.passwords import Passwords
from deploy.local.polling import LOOPBACK, NotUp
from deploy.local.ports import claim
from deploy.local.server import LocalServer
from deploy.local.servers import Servers
from deploy.local.services import (
    EXTRACTOR,
    GATEWAY,
    MIGRATE,
    QUERY,
    SERVICES,
    BackingServers,
    Service,
    addresses,
    as_user,
    command,
    environment,
    instances,
)
from deploy.local.supervisor import SupervisedProcess, Supervisor

# Seconds for all processes to be ready, on a loaded machine too.
READY_WITHIN_S = 120.0
# Characters of an output that an error shows.
_TAIL_CHARACTERS = 3000


class Cluster:
    """A context manager: all processes are ready inside it and stopped after it.

        with Cluster(folder, counts={"EMBEDDERS": 2}) as cluster:
            print(cluster.gateway_url)

    `counts` holds the number of GATEWAYS, EXTRACTORS, EMBEDDERS and INDEXERS; `settings` are given
    to every process under their full names. `servers` that are passed in must run already and are
    not stopped; without them the cluster starts its own.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        counts: Mapping[str, int] | None = None,
        settings: Mapping[str, str] | None = None,
        servers: BackingServers | None = None,
        durable: bool = True,
        services: Sequence[Service] = SERVICES,
    ) -> None:
        self.folder = folder.resolve()
        self.logs = self.folder / "logs"
        self.data = self.folder / "data"
        self._own: Servers | None = None
        if servers is None:
            servers = self._own = Servers(self.folder, logs=self.logs, durable=durable)
        self.servers: BackingServers = servers
        self._counts = counts or {}
        self._services = services
        # Read once, so that a restarted process gets the same environment.
        self._inherited = dict(os.environ)
        members = instances(services, self._counts)
        first = GATEWAY.instances(self._counts)[0]
        ports = {
            name: claim(port if name == first else 0)
            for name, service in members.items()
            if service.has_health
        }
        # One of several extractors is enough for pages, which people look at one by one.
        named = {"QUIRE_QUERY_URL": QUERY.name, "QUIRE_EXTRACTOR_URL": f"{EXTRACTOR.name}-1"}
        inner = {
            setting: f"http://{LOOPBACK}:{ports[name]}"
            for setting, name in named.items()
            if name in ports
        }
        self._passwords = Passwords(self.folder)
        key = {"QUIRE_SERVICE_KEY": self._passwords.of("services")}
        self.settings = addresses(self.servers, self.data) | inner | key | dict(settings or {})
        self.processes = {
            name: self._process(name, service, ports.get(name)) for name, service in members.items()
        }
        self._supervisor = Supervisor(list(self.processes.values()))
        self._stack = contextlib.ExitStack()

    @property
    def parts(self) -> list[LocalServer | SupervisedProcess]:
        """The processes, and the servers that the cluster started."""
        return [*(self._own.all if self._own else ()), *self.processes.values()]

    @property
    def gateway_url(self) -> str:
        """The address of the first gateway."""
        return self.gateway_urls[0]

    @property
    def gateway_urls(self) -> list[str]:
        return [self.processes[name].url for name in GATEWAY.instances(self._counts)]

    def start(self, cancelled: threading.Event | None = None) -> None:
        """Start everything, or nothing if a part fails. NotUp: names the part that failed."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self.data.mkdir(exist_ok=True)
        # Logs, data and passwords are for the user who runs the cluster.
        self.folder.chmod(0o700)
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
        """Return when every process reports that it is ready."""
        self._supervisor.wait_ready(seconds=seconds, cancelled=cancelled)

    def stop(self) -> None:
        """Stop the services, then the servers."""
        self._stack.close()

    def kill(self, name: str) -> None:
        """Send SIGKILL to this process and its descendants; the supervisor starts it again."""
        self.processes[name].kill()

    @contextlib.contextmanager
    def halted(self, name: str) -> Iterator[None]:
        """Stop this process with SIGSTOP; SIGCONT at the end."""
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

    def _process(self, name: str, service: Service, port: int | None) -> SupervisedProcess:
        own = self._passwords.of(service.user) if service.user else ""
        address = as_user(self.servers.postgresql.url, service.user, own) if own else ""
        settings = {**self.settings, "QUIRE_DATABASE_URL": address, **dict(service.settings)}
        return SupervisedProcess(
            name,
            command(service.module),
            log=self.logs / f"{name}.log",
            # This folder has no `.env`, so only the environment sets settings.
            cwd=self.folder,
            environment=environment(self._inherited, settings, port=port),
            port=port,
        )

    def _migrate(self) -> None:
        users = sorted({service.user for service in self._services if service.user})
        entries = ",".join(f"{user}:{self._passwords.of(user)}" for user in users)
        done = subprocess.run(
            command(*MIGRATE),
            cwd=self.folder,
            env=environment(self._inherited, self.settings | {"QUIRE_DATABASE_USERS": entries}),
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
    """Lock the folder. NotUp: another cluster runs in it."""
    with (folder / "lock").open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotUp(
                f"A cluster already runs in {folder}. Stop it, or choose another --folder."
            ) from None
        yield
