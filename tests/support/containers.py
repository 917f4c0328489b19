"""Servers in Docker, through testcontainers, with the interface of the private servers."""

from __future__ import annotations

import abc
import contextlib
import secrets
import threading
from collections.abc import Iterator, Sequence
from typing import ClassVar

from docker.errors import DockerException  # type: ignore[import-untyped]
from docker.models.containers import Container as Handle  # type: ignore[import-untyped]
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient

from deploy.local.polling import LOOPBACK, NotUp, answers, until
from deploy.local.ports import free_port
from deploy.local.postgresql import accepts_login
from deploy.local.rabbitmq import Broker, accepts_handshake
from deploy.local.redis import answers_ping
from deploy.local.server import READY_WITHIN_S
from tests.support.compose import recipe

# Seconds to look for a Docker engine; a local one answers within milliseconds.
DOCKER_WITHIN_S = 1.0
# Log lines that an error shows.
_LAST_LINES = 40


def docker_answers() -> bool:
    """Return within about a second whether testcontainers would find a Docker engine."""
    try:
        # The client asks for the engine's version.
        DockerClient(timeout=DOCKER_WITHIN_S).client.close()
    except (DockerException, OSError):
        return False
    return True


class Container(abc.ABC):
    """A server in the image of docker-compose.yml; a restart keeps its address and data."""

    name: ClassVar[str]
    # Its name in docker-compose.yml, and its port inside the container.
    service: ClassVar[str]
    listens_on: ClassVar[int]

    def __init__(self) -> None:
        self.recipe = recipe(self.service)
        self.host = LOOPBACK
        # Chosen here, because Docker would choose another port at every start.
        self.port = free_port()
        self._container: DockerContainer | None = None

    @property
    @abc.abstractmethod
    def url(self) -> str:
        """The address, with user and password if there are any."""

    @abc.abstractmethod
    def is_up(self) -> bool:
        """Return whether the server answers in its own protocol."""

    def start(self) -> None:
        """Start the server and return when it answers. NotUp: with the end of its log."""
        self.launch()
        self.wait_up()

    def launch(self) -> None:
        """Start the server and return at once; the first time the image may have to be fetched."""
        with self._or_not_up():
            if self._container is None:
                self._container = self._make()
                self._container.start()
            else:
                self._handle.start()

    def wait_up(self, *, cancelled: threading.Event | None = None) -> None:
        def up() -> bool:
            if self.is_up():
                return True
            self._handle.reload()
            if self._handle.status != "running":
                raise NotUp(self._complaint("ended"))
            return False

        with self._or_not_up():
            until(
                up,
                seconds=READY_WITHIN_S,
                otherwise=lambda: self._complaint(f"did not answer within {READY_WITHIN_S:.0f} s"),
                cancelled=cancelled,
            )

    def kill(self, signal: str = "SIGKILL") -> None:
        """Send a signal, by default SIGKILL; the data stays for `start`."""
        self._handle.kill(signal)
        self._handle.wait()

    def stop(self) -> None:
        """Remove the container and its data."""
        if self._container is not None:
            self._container.stop(force=True, delete_volume=True)
            self._container = None

    @property
    def _handle(self) -> Handle:
        assert self._container is not None, "it was not launched"
        return self._container.get_wrapped_container()

    def _make(self) -> DockerContainer:
        made = DockerContainer(self.recipe.image, env=self.recipe.environment)
        if self.recipe.command:
            made.with_command(self.recipe.command)
        engine = made.get_docker_client().host()
        if engine in ("localhost", LOOPBACK):
            # Bound to this computer only, because some servers need no password.
            made.ports[f"{self.listens_on}/tcp"] = (LOOPBACK, self.port)  # type: ignore[assignment]
        else:
            self.host = engine
            made.with_bind_ports(self.listens_on, self.port)
        return made

    @contextlib.contextmanager
    def _or_not_up(self) -> Iterator[None]:
        try:
            yield
        except (DockerException, OSError, RuntimeError) as error:
            raise NotUp(f"{self.name} does not run in Docker: {error}") from error

    def _complaint(self, what: str) -> str:
        tail = self._handle.logs(tail=_LAST_LINES).decode(errors="replace")
        return f"The container of {self.name} {what}. The end of its log:\n{tail}"


class PostgreSQL(Container):
    name = "postgresql"
    service = "postgres"
    listens_on = 5432

    @property
    def url(self) -> str:
        user, password, database = self._login
        return f"postgresql://{user}:{password}@{self.host}:{self.port}/{database}"

    def is_up(self) -> bool:
        user, _, database = self._login
        return accepts_login(self.port, user, database, self.host)

    def restart_immediate(self) -> None:
        """Stop without a checkpoint, as `pg_ctl -m immediate`, start again and recover."""
        self.kill("SIGQUIT")
        self.start()

    @property
    def _login(self) -> Sequence[str]:
        return [self.recipe.environment[f"POSTGRES_{name}"] for name in ("USER", "PASSWORD", "DB")]


class RabbitMQ(Broker, Container):
    name = "rabbitmq"
    service = "rabbitmq"
    listens_on = 5672

    def __init__(self) -> None:
        super().__init__()
        # In the place of the file with its password, which Compose mounts.
        login = {"RABBITMQ_DEFAULT_USER": "quire", "RABBITMQ_DEFAULT_PASS": secrets.token_hex(16)}
        self.recipe.environment.update(login)

    @property
    def url(self) -> str:
        user, password = (
            self.recipe.environment[f"RABBITMQ_DEFAULT_{n}"] for n in ("USER", "PASS")
        )
        return f"amqp://{user}:{password}@{self.host}:{self.port}/"

    def is_up(self) -> bool:
        return accepts_handshake(self.port, self.host)

    def evaluate(self, erlang: str) -> str:
        code, said = self._handle.exec_run(["rabbitmqctl", "--quiet", "eval", erlang])
        if code:
            raise NotUp(f"{self.name} said: {said.decode(errors='replace')}")
        return str(said.decode()).strip()


class Redis(Container):
    name = "redis"
    service = "redis"
    listens_on = 6379

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@{self.host}:{self.port}/0"

    def is_up(self) -> bool:
        return answers_ping(self.port, self._password, self.host)

    def __init__(self) -> None:
        super().__init__()
        self._password = secrets.token_hex(16)
        # In the place of the file with its password, which Compose mounts.
        file = self.recipe.command.index("/run/secrets/redis.conf")
        self.recipe.command[file : file + 1] = ["--requirepass", self._password]


class Chroma(Container):
    name = "chroma"
    service = "chroma"
    listens_on = 8000

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def is_up(self) -> bool:
        return answers(self.port, "/api/v2/heartbeat", self.host)


KINDS: dict[str, type[Container]] = {
    kind.name: kind for kind in (RabbitMQ, Chroma, Redis, PostgreSQL)
}
