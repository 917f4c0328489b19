"""The base class of all private servers."""

from __future__ import annotations

import abc
import os
import signal
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from deploy.local.child_process import ChildProcess
from deploy.local.install import install
from deploy.local.passwords import Passwords
from deploy.local.polling import NotUp, until
from deploy.local.ports import claim

# Seconds; RabbitMQ is the slowest to start, most of all on a loaded machine.
READY_WITHIN_S = 120.0


class LocalServer(abc.ABC):
    """A server on the loopback interface with its data in one folder and a fixed port."""

    name: ClassVar[str]
    # The Debian package; empty if Quire's installation includes the server.
    package: ClassVar[str] = ""
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    user: str | None = None

    def __init__(self, folder: Path, *, port: int = 0, log: Path | None = None) -> None:
        self.folder = folder.resolve()
        self.port = claim(port)
        self.log = log or self.folder / f"{self.name}.log"
        self.passwords = Passwords(self.folder)
        self._child: ChildProcess | None = None

    @classmethod
    @abc.abstractmethod
    def program(cls) -> Path | None:
        """Return the path of the program; None if it is not installed."""

    @property
    @abc.abstractmethod
    def url(self) -> str:
        """The address, with user and password if there are any."""

    @abc.abstractmethod
    def is_up(self) -> bool:
        """Return whether the server answers in its own protocol."""

    @abc.abstractmethod
    def _command(self, program: Path) -> list[str]:
        """Return the command that runs the server in the foreground."""

    def _prepare(self, program: Path) -> None:  # noqa: B027  (most need nothing)
        """Initialise the folder if that is not done yet."""

    def _environment(self) -> Mapping[str, str]:
        return os.environ

    def start(self, cancelled: threading.Event | None = None) -> None:
        """Start the server and return when it answers. NotUp: with the end of its log."""
        self.launch()
        self.wait_up(cancelled=cancelled)

    def launch(self) -> None:
        """Start the server and return at once, so that several can start side by side."""
        assert self.pid is None, "the server runs already"
        program = self._installed()
        if self._child is not None:
            self._child.kill()  # Descendants of a server that ended by itself.
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._prepare(program)
        self._child = ChildProcess(
            self._command(program),
            log=self.log,
            cwd=self.folder,
            environment=self._environment(),
            user=self.user,
        )
        self._child.start()

    def wait_up(
        self, *, seconds: float = READY_WITHIN_S, cancelled: threading.Event | None = None
    ) -> None:
        child = self._child
        assert child is not None, "the server was not launched"

        def up() -> bool:
            if not child.is_alive():
                raise NotUp(self._complaint(f"ended with code {child.exit_code()}"))
            return self.is_up()

        until(
            up,
            seconds=seconds,
            otherwise=lambda: self._complaint(f"did not answer within {seconds:.0f} s"),
            cancelled=cancelled,
        )

    def stop(self) -> None:
        """Stop cleanly: the server writes its memory to disk first."""
        if self._child is not None:
            self._child.stop(self.stop_signal)

    def kill(self) -> None:
        """Send SIGKILL to all its processes."""
        if self._child is not None:
            self._child.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    @property
    def pid(self) -> int | None:
        return None if self._child is None else self._child.pid

    def send(self, number: int) -> None:
        """Send a signal to all its processes; SIGSTOP makes the server hang until SIGCONT."""
        if self._child is not None:
            self._child.send(number)

    def _installed(self) -> Path:
        if self.program() is None and self.package:
            install([self.package])
        found = self.program()
        if found is None:
            raise NotUp(f"{self.name} is not installed. Run `make setup`.")
        return found

    def _complaint(self, what: str) -> str:
        tail = "" if self._child is None else self._child.log_tail()
        return f"{self.name} {what}. The end of {self.log}:\n{tail}"
