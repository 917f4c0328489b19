"""Runs the forkserver that readers are forked from: parsers loaded, one thread, no network.

It has no secrets. As the readers' parent it alone reaps and kills them, so that no process id is
used after its process has ended. When the service dies, its control socket closes and the
forkserver exits with its readers.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from services.extractor.document import ReaderLimits, ReadOptions
from services.extractor.sandbox.confine import (
    clear_environment,
    confine,
    drop_network,
    drop_terminal,
)
from services.extractor.sandbox.protocol import MAX_MESSAGE
from services.extractor.tokenizer import load_tokenizer

Run = Callable[[str, ReadOptions, ReaderLimits, int], None]
"""Reads a file by path with options and limits and writes frames to a descriptor."""


class Forkserver:
    """Forks one reader per request and reports its exit status."""

    def __init__(self, control: socket.socket, run: Run) -> None:
        self._control = control
        self._run = run
        self._readers: dict[int, int] = {}
        self._base_mb = _resident_mb()

    def serve(self) -> None:
        """Handle messages and reap readers until the service closes the control socket."""
        wake, notify = os.pipe()
        for fd in (wake, notify):
            os.set_blocking(fd, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(notify, warn_on_full_buffer=False)
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            selector.register(wake, selectors.EVENT_READ)
            self._send({"ready": True})
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self._control and not self._handle_message():
                        return
                    if key.fileobj == wake:
                        os.read(wake, 4096)
                self._reap()

    def _handle_message(self) -> bool:
        """Handle one message; return False if the service has closed the socket."""
        data, fds, _, _ = socket.recv_fds(self._control, MAX_MESSAGE, 1)
        if not data:
            return False
        message = json.loads(data)
        if message["ask"] == "read":
            self._fork(message, fds[0])
        elif message["ask"] == "kill":
            self._kill(message["job"])
        return True

    def _fork(self, message: dict[str, Any], fd: int) -> None:
        limits = ReaderLimits(**message["limits"])
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            _become_reader(self._run, message, limits, fd, parent)
        os.close(fd)
        self._readers[pid] = message["job"]

    def _kill(self, job: int) -> None:
        for pid, running in self._readers.items():
            if running == job:
                os.kill(pid, signal.SIGKILL)
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)

    def _reap(self) -> None:
        while self._readers:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            self._send(
                {
                    "job": self._readers.pop(pid, 0),
                    "status": status,
                    "cpu_seconds": usage.ru_utime + usage.ru_stime,
                    "peak_memory_mb": usage.ru_maxrss // 1024,
                    "base_memory_mb": self._base_mb,
                }
            )

    def _send(self, message: dict[str, Any]) -> None:
        self._control.send(json.dumps(message).encode())


def _become_reader(
    run: Run, message: dict[str, Any], limits: ReaderLimits, fd: int, parent: int
) -> None:
    status = 1
    try:
        confine(limits, fd, parent)
        run(message["path"], ReadOptions(**message["options"]), limits, fd)
        status = 0
    finally:
        os._exit(status)


def _resident_mb() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE") // (1024 * 1024)


def _block_layout_models() -> None:
    """Prevent PyMuPDF from loading its layout models on import.

    They take half a second and 100 MB and start threads, which a forking process must not have.
    """
    for name in ("pymupdf.layout", "onnxruntime"):
        sys.modules[name] = None  # type: ignore[assignment]


def main(arguments: list[str]) -> None:
    """Run the forkserver; arguments: the control socket's descriptor, a tokenizer file or ""."""
    drop_network()
    drop_terminal()
    _block_layout_models()
    child = importlib.import_module("services.extractor.sandbox.reader_process")
    importlib.import_module("services.extractor.readers.registry").load_all()
    if arguments[1]:
        load_tokenizer(arguments[1])
    clear_environment()
    gc.collect()
    gc.freeze()
    gc.disable()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        Forkserver(socket.socket(fileno=int(arguments[0])), child.run).serve()


if __name__ == "__main__":
    main(sys.argv[1:])
