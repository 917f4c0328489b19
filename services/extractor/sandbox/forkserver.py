"""The warm process readers are forked from: parsers loaded, no network, no secrets, one thread.

It is its readers' parent, so it alone reaps and kills them; no process id is used after its owner
is gone. When the service dies its control socket closes, and everything here dies with it.
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
"""Reads a file, given how and within which limits, and writes frames to a descriptor."""


class Forkserver:
    """Forks a reader per request and reports each one's end."""

    def __init__(self, control: socket.socket, run: Run) -> None:
        self._control = control
        self._run = run
        self._readers: dict[int, int] = {}
        self._base_mb = _resident_mb()

    def serve(self) -> None:
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
        """Do what one message asks. False when the service has gone."""
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
    """Keep MuPDF's Python side from loading its layout models on import.

    They would take half a second and a hundred megabytes, and start threads, which a process that
    forks must not have.
    """
    for name in ("pymupdf.layout", "onnxruntime"):
        sys.modules[name] = None  # type: ignore[assignment]


def main(arguments: list[str]) -> None:
    """Arguments: the control socket's descriptor, and a tokenizer file or ""."""
    drop_network()
    drop_terminal()
    _block_layout_models()
    child = importlib.import_module("services.extractor.sandbox.reader_process")
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
