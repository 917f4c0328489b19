"""A private RabbitMQ, with a name server of its own."""

from __future__ import annotations

import abc
import os
import shutil
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from deploy.local.child_process import Child
from deploy.local.polling import ANSWER_WITHIN_S, LOOPBACK, NotUp, until
from deploy.local.ports import free_port
from deploy.local.server import READY_WITHIN_S, Server

# Debian's command on the path changes to a user of its own first; these do not.
_SCRIPTS = Path("/usr/lib/rabbitmq/bin")
# Names need only differ before the same name server, and every folder has one of its own. The data
# is bound to the name.
_NODE = "quire@localhost"
_HELLO = b"AMQP\0\0\x09\x01"
_METHOD_FRAME = b"\1"
# As in production: who holds a delivery for longer loses it.
_CONFIG = """\
listeners.tcp.default = {address}:{port}
log.console = true
log.console.level = warning
log.file = false
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.absolute = 512MB
consumer_timeout = 1800000
"""
# Two threads that sleep when there is nothing to do: tests share the computer with it.
_ERLANG = "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none"
_LOOPBACK_ONLY = "-kernel inet_dist_use_interface {127,0,0,1}"
_DELETE_QUEUES = """\
lists:foreach(fun(Queue) ->
    rabbit_amqqueue:delete(Queue, false, false, <<"tests">>) end, rabbit_amqqueue:list()),
ok."""

_WRITE_NAMES = "[dets:sync(Table) || Table <- dets:all()], ok."


class Broker(abc.ABC):
    """What is done from the inside, wherever the server runs."""

    @abc.abstractmethod
    def evaluate(self, erlang: str) -> str:
        """What this expression, which ends with a full stop, is inside the running server."""

    def delete_queues(self) -> None:
        """With all that is in them; who listens is told that the queue is gone."""
        self.evaluate(_DELETE_QUEUES)

    def settle(self) -> None:
        """Call it before `kill` when quorum queues were declared just now.

        RabbitMQ as old as Debian's writes their names down half a second late (rabbitmq/ra, pull
        request 443): killed earlier, it comes back with queues that never answer again.
        """
        self.evaluate(_WRITE_NAMES)


class RabbitMQ(Broker, Server):
    """One node, and the name server that it needs."""

    name = "rabbitmq"
    package = "rabbitmq-server"

    def __init__(self, folder: Path, *, port: int = 0, log: Path | None = None) -> None:
        super().__init__(folder, port=port, log=log)
        self._names_port = free_port()
        self._nodes_port = free_port()
        self._names: Child | None = None

    @classmethod
    def program(cls) -> Path | None:
        found = _SCRIPTS / "rabbitmq-server"
        return found if found.is_file() else None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@{LOOPBACK}:{self.port}/"

    def is_up(self) -> bool:
        return greets(self.port)

    def launch(self) -> None:
        """The name server first, or the node would start one that nobody ever stops."""
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
            raise NotUp(f"{self.name} said: {done.stdout or done.stderr}")
        return done.stdout.removeprefix("{ok, ").removesuffix("}")

    def _start_names(self) -> None:
        if self._names is not None:
            self._names.kill()
        self._names = Child(
            [_erlang("epmd"), "-address", LOOPBACK, "-port", str(self._names_port)],
            log=self.folder / "epmd.log",
            cwd=self.folder,
            environment=self._environment(),
        )
        self._names.start()
        until(
            self._names_up,
            seconds=READY_WITHIN_S,
            otherwise=lambda: "Erlang's name server does not answer.",
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
        config = _CONFIG.format(address=LOOPBACK, port=self.port)
        (self.folder / "rabbitmq.conf").write_text(config, encoding="ascii")
        (self.folder / "plugins").write_text("[].", encoding="ascii")

    def _environment(self) -> Mapping[str, str]:
        kept = {key: os.environ[key] for key in ("PATH", "TMPDIR") if key in os.environ}
        folder = str(self.folder)
        return kept | {
            # The secret that Erlang's programs show each other is kept there.
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


def greets(port: int, host: str = LOOPBACK) -> bool:
    """Whether it answers a client's greeting; ports are opened last of all."""
    try:
        with socket.create_connection((host, port), ANSWER_WITHIN_S) as connection:
            connection.sendall(_HELLO)
            return connection.recv(1) == _METHOD_FRAME
    except OSError:
        return False


def _erlang(name: str) -> str:
    program = shutil.which(name)
    assert program is not None, "RabbitMQ does not come without Erlang's programs"
    return program
