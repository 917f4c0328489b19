"""A private RabbitMQ with its own Erlang name server."""

from __future__ import annotations

import abc
import os
import shutil
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from deploy.local.child_process import ChildProcess
from deploy.local.passwords import write_private
from deploy.local.polling import ANSWER_WITHIN_S, LOOPBACK, NotUp, until
from deploy.local.ports import free_port
from deploy.local.server import READY_WITHIN_S, LocalServer

# Debian's command on the path changes to another user first; these scripts do not.
_SCRIPTS = Path("/usr/lib/rabbitmq/bin")
# Every folder has its own name server, so all nodes can have this name, to which data is bound.
_NODE = "quire@localhost"
_USER = "quire"
_PROTOCOL_HEADER = b"AMQP\0\0\x09\x01"
_METHOD_FRAME = b"\1"
# consumer_timeout in milliseconds: RabbitMQ's default of 30 minutes, as in production.
_CONFIG = """\
listeners.tcp.default = {address}:{port}
log.console = true
log.console.level = warning
log.file = false
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.absolute = 512MB
consumer_timeout = 1800000
default_user = {user}
default_pass = {password}
"""
# Two scheduler threads that do not busy-wait, because tests share the computer with it.
_ERLANG = "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none"
_LOOPBACK_ONLY = "-kernel inet_dist_use_interface {127,0,0,1}"
_DELETE_QUEUES = """\
lists:foreach(fun(Queue) ->
    rabbit_amqqueue:delete(Queue, false, false, <<"tests">>) end, rabbit_amqqueue:list()),
ok."""

_WRITE_NAMES = "[dets:sync(Table) || Table <- dets:all()], ok."


class Broker(abc.ABC):
    """Operations inside the broker, for a private server and for a container."""

    @abc.abstractmethod
    def evaluate(self, erlang: str) -> str:
        """Return the value of an Erlang expression, which ends with a full stop, in the server."""

    def delete_queues(self) -> None:
        """Delete all queues with their messages; the server cancels their consumers."""
        self.evaluate(_DELETE_QUEUES)

    def sync_queue_names(self) -> None:
        """Write the names of quorum queues to disk; call it before `kill`.

        Debian's RabbitMQ writes the names of new quorum queues half a second late (rabbitmq/ra,
        pull request 443); if it is killed earlier, those queues never answer after the restart.
        """
        self.evaluate(_WRITE_NAMES)


class RabbitMQ(Broker, LocalServer):
    """One node and its name server."""

    name = "rabbitmq"
    package = "rabbitmq-server"

    def __init__(self, folder: Path, *, port: int = 0, log: Path | None = None) -> None:
        super().__init__(folder, port=port, log=log)
        self._names_port = free_port()
        self._nodes_port = free_port()
        self._names: ChildProcess | None = None

    @classmethod
    def program(cls) -> Path | None:
        found = _SCRIPTS / "rabbitmq-server"
        return found if found.is_file() else None

    @property
    def url(self) -> str:
        return f"amqp://{_USER}:{self.passwords.of(self.name)}@{LOOPBACK}:{self.port}/"

    def is_up(self) -> bool:
        return accepts_handshake(self.port)

    def launch(self) -> None:
        """Start the name server, then the node, which would otherwise start a shared one."""
        self._installed()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._start_names()
        super().launch()

    def stop(self) -> None:
        super().stop()
        if self._names is not None:
            self._names.stop()

    def kill(self) -> None:
        super().kill()
        if self._names is not None:
            self._names.kill()

    def evaluate(self, erlang: str) -> str:
        cookie = (self.folder / ".erlang.cookie").read_text(encoding="ascii").strip()
        done = subprocess.run(
            [_erlang("erl_call"), "-sname", _NODE, "-c", cookie, "-e"],
            input=f"{erlang}\n",
            env=self._environment(),
            cwd=self.folder,
            capture_output=True,
            text=True,
        )
        if done.returncode or not done.stdout.startswith("{ok, "):
            raise NotUp(f"{self.name} could not evaluate: {done.stdout or done.stderr}")
        return done.stdout.removeprefix("{ok, ").removesuffix("}")

    def _start_names(self) -> None:
        if self._names is not None:
            self._names.kill()
        self._names = ChildProcess(
            [_erlang("epmd"), "-address", LOOPBACK, "-port", str(self._names_port)],
            log=self.folder / "epmd.log",
            cwd=self.folder,
            environment=self._environment(),
        )
        self._names.start()
        until(
            self._names_up,
            seconds=READY_WITHIN_S,
            otherwise=lambda: "Erlang's name server (epmd) does not answer.",
        )

    def _names_up(self) -> bool:
        try:
            socket.create_connection((LOOPBACK, self._names_port), ANSWER_WITHIN_S).close()
        except OSError:
            return False
        return True

    def _command(self, program: Path) -> list[str]:
        return [str(program)]

    def _prepare(self, program: Path) -> None:
        config = _CONFIG.format(
            address=LOOPBACK,
            port=self.port,
            user=_USER,
            password=self.passwords.of(self.name),
        )
        write_private(self.folder / "rabbitmq.conf", config)
        (self.folder / "plugins").write_text("[].", encoding="ascii")

    def _environment(self) -> Mapping[str, str]:
        kept = {key: os.environ[key] for key in ("PATH", "TMPDIR") if key in os.environ}
        folder = str(self.folder)
        return kept | {
            # Erlang's programs keep their shared secret in HOME.
            "HOME": folder,
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_EPMD_PORT": str(self._names_port),
            "RABBITMQ_NODENAME": _NODE,
            "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._nodes_port),
            "RABBITMQ_MNESIA_BASE": f"{folder}/mnesia",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_PID_FILE": f"{folder}/pid",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{folder}/advanced.config",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{_ERLANG} {_LOOPBACK_ONLY}",
        }


def accepts_handshake(port: int, host: str = LOOPBACK) -> bool:
    """Return whether the broker answers the AMQP handshake; it opens its port last."""
    try:
        with socket.create_connection((host, port), ANSWER_WITHIN_S) as connection:
            connection.sendall(_PROTOCOL_HEADER)
            return connection.recv(1) == _METHOD_FRAME
    except OSError:
        return False


def _erlang(name: str) -> str:
    program = shutil.which(name)
    assert program is not None, "RabbitMQ is installed without Erlang's programs"
    return program
