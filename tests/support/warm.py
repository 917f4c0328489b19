"""Starts processes from one that has imported everything: see `warm_parent`."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import IO, Any
from unittest import mock

import pytest

from bench import server as bench_server
from deploy.local import child_process
from services.cli import local_server
from services.extractor.sandbox import forkserver_client
from shared.vectors.local import client as index_client

MAX_ORDER = 128 * 1024
MAX_DESCRIPTORS = 16
# Importing everything takes seconds, on a busy machine many.
STARTED_WITHIN_S = 120.0
# Limits a process that hangs.
ENDED_WITHIN_S = 240.0

Stream = IO[Any] | int | None


class WarmProcess:
    """A forked `python -m MODULE ARGUMENTS` with the methods of `Popen` that the tests use."""

    def __init__(
        self,
        parent: str,
        command: Sequence[str],
        *,
        pass_fds: Sequence[int] = (),
        stdin: Stream = None,
        stdout: Stream = None,
        stderr: Stream = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        start_new_session: bool = False,
        process_group: int | None = None,
        text: bool = False,
        warm_children: bool = True,
    ) -> None:
        python, option, module, *arguments = command
        assert (python, option) == (sys.executable, "-m")
        self.returncode: int | None = None
        self._lock = Lock()
        order = {
            "module": module,
            "arguments": arguments,
            "descriptors": [0, 1, 2, *pass_fds],
            "env": dict(os.environ if env is None else env),
            "cwd": None if cwd is None else str(cwd),
            "start_new_session": start_new_session,
            "process_group": process_group,
            "warm_children": warm_children,
        }
        self._connection = _connect(parent)
        self.stdin: IO[Any] | None = None
        self.stdout: IO[Any] | None = None
        with contextlib.ExitStack() as stack:
            nothing = stack.enter_context(open(os.devnull, "r+b"))
            if stdin == subprocess.PIPE:
                theirs, ours = os.pipe()
                stdin = stack.enter_context(open(theirs, "rb"))
                self.stdin = os.fdopen(ours, "w" if text else "wb")
            if stdout == subprocess.PIPE:
                ours, theirs = os.pipe()
                stdout = stack.enter_context(open(theirs, "wb"))
                self.stdout = os.fdopen(ours, "r" if text else "rb")
            standard = [
                _descriptor(stream, number, nothing.fileno())
                for number, stream in enumerate((stdin, stdout, stderr))
            ]
            socket.send_fds(self._connection, [json.dumps(order).encode()], [*standard, *pass_fds])
        self.pid = int(self._connection.recv(32))

    def __enter__(self) -> WarmProcess:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in (self.stdin, self.stdout):
            if pipe is not None:
                pipe.close()
        self.wait()

    def communicate(self, sent: Any) -> tuple[Any, None]:
        """Write to the pipe of standard input, which must hold it, and return what comes back."""
        assert self.stdin is not None
        assert self.stdout is not None
        self.stdin.write(sent)
        self.stdin.close()
        received = self.stdout.read()
        self.wait()
        return received, None

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._connection], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            with self._lock:
                if self.returncode is None:
                    # Nothing comes if the monitor was killed, which takes the process along.
                    self.returncode = int(self._connection.recv(32) or -signal.SIGKILL)
                    self._connection.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def run(parent: str, module: str, *arguments: str) -> None:
    """Run a module to its end; it must succeed."""
    process = WarmProcess(parent, [sys.executable, "-m", module, *arguments])
    assert process.wait(timeout=ENDED_WITHIN_S) == 0


def use(parent: str) -> None:
    """Have this process start Python modules from `parent` until it ends."""
    for patch in _patches(parent):
        patch.start()


@contextlib.contextmanager
def used(parent: str) -> Iterator[None]:
    """Have this process start Python modules from `parent` while the context lasts."""
    with contextlib.ExitStack() as stack:
        for patch in _patches(parent):
            stack.enter_context(patch)
        yield


@contextlib.contextmanager
def services_started(parent: str) -> Iterator[None]:
    """Have this process start the services of a cluster from `parent` while the context lasts.

    A service starts its own children itself, so that they are halted and killed with it.
    """
    with mock.patch.object(child_process, "subprocess", _replaced(parent, warm_children=False)):
        yield


def _patches(parent: str) -> list[Any]:
    replaced = _replaced(parent)
    return [
        mock.patch.object(module, "subprocess", replaced)
        for module in (bench_server, child_process, forkserver_client, index_client, local_server)
    ]


def _replaced(parent: str, **options: Any) -> Any:
    """Return `subprocess` with a `Popen` that forks Python modules from `parent`."""
    return SimpleNamespace(**{**vars(subprocess), "Popen": partial(_start, parent, **options)})


def _start(parent: str, command: Sequence[str], **options: Any) -> Any:
    if list(command[:2]) != [sys.executable, "-m"]:
        options.pop("warm_children", None)
        return subprocess.Popen(command, **options)
    for name in ("user", "group", "extra_groups"):
        assert options.pop(name, None) is None, "a fork has the user of its parent"
    return WarmProcess(parent, command, **options)


@pytest.fixture(scope="session")
def warm_parent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The socket of a process that forks others; it loads in the background."""
    path = str(tmp_path_factory.mktemp("warm") / "socket")
    # Readers are forked from a process with one thread: BLAS may not start any.
    environment = os.environ | {
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(path)
        listener.listen()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.warm_parent", str(listener.fileno())],
            env=environment,
            pass_fds=(listener.fileno(),),
            # Ctrl-C does not reach it; it ends with the tests all the same.
            start_new_session=True,
        )
    yield path
    process.kill()
    process.wait()


@pytest.fixture
def warm_starts(warm_parent: str) -> Iterator[None]:
    """Servers, readers and indexes start as forks of a process that has imported everything."""
    with used(warm_parent):
        yield


def _connect(parent: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.settimeout(STARTED_WITHIN_S)
    connection.connect(parent)
    return connection


def _descriptor(stream: Stream, inherited: int, nothing: int) -> int:
    if stream is None:
        return inherited
    if isinstance(stream, int):
        return nothing if stream == subprocess.DEVNULL else stream
    return stream.fileno()
