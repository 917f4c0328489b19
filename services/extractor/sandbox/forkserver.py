"""Runs the forkserver that readers are forked from: parsers loaded, one thread, no network.

It has no secrets, and sees neither files nor their options. As the readers' parent it alone reaps
and kills them, so that no process id is used after its process has ended. When the service dies,
its control socket closes and the forkserver exits with its readers.
"""

from __future__ import annotations

import contextlib
import encodings
import gc
import importlib
import json
import os
import pkgutil
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn

from services.extractor.document import ReaderLimits, ReadOptions
from services.extractor.readers.source import MappedFile, Source
from services.extractor.sandbox import order, probe
from services.extractor.sandbox.confine import (
    clear_environment,
    detach,
    drop_network,
    drop_terminal,
    limit,
    restrict,
)
from services.extractor.sandbox.protocol import MAX_MESSAGE
from services.extractor.tokenizer import load_tokenizer
from shared.system.prctl import hide_memory

Run = Callable[[Source, ReadOptions, ReaderLimits, int], None]
"""Reads a file with options and limits and writes frames to a descriptor."""

_MIB = 1024 * 1024
# Loaded by the interpreter when they are first needed, which is too late in a reader.
_LATE_MODULES = ("_strptime", "email.generator", "heapq", "locale", "stringprep", "traceback")
_OF_WINDOWS = ("mbcs", "oem")


class Forkserver:
    """Forks one reader per request and reports its exit status."""

    def __init__(self, control: socket.socket, run: Run, *, required: bool) -> None:
        self._control = control
        self._run = run
        self._required = required
        self._readers: dict[int, tuple[int, int]] = {}  # job and MiB of its file, by process
        self._base_mb = _resident_mb()

    def serve(self, in_force: list[str]) -> None:
        """Handle messages and reap readers until the service closes the control socket.

        The first message to the service tells the rules in force: those given, and a reader's.
        """
        wake, notify = os.pipe()
        for fd in (wake, notify):
            os.set_blocking(fd, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(notify, warn_on_full_buffer=False)
        found = probe_reader()
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            selector.register(wake, selectors.EVENT_READ)
            self._send({"in_force": in_force + found["in_force"], "reached": found["reached"]})
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self._control and not self._handle_message():
                        return
                    if key.fileobj == wake:
                        os.read(wake, 4096)
                self._reap()

    def _handle_message(self) -> bool:
        """Handle one message; return False if the service has closed the socket."""
        data, fds, _, _ = socket.recv_fds(self._control, MAX_MESSAGE, 2)
        if not data:
            return False
        message = json.loads(data)
        if message["ask"] == "read":
            self._fork(message["job"], *fds)
        elif message["ask"] == "kill":
            self._kill(message["job"])
        return True

    def _fork(self, job: int, output: int, file: int) -> None:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_reader(job, output, file, parent)
        self._readers[pid] = (job, os.fstat(file).st_size // _MIB)
        for fd in (output, file):
            os.close(fd)

    def _become_reader(self, job: int, output: int, file: int, parent: int) -> NoReturn:
        status = 1
        try:
            detach(parent, (output, file))
            options, limits = order.receive(output)
            if options.tokenizer_path:
                load_tokenizer(options.tokenizer_path)
            source = MappedFile(file)
            os.close(file)
            limit(limits)
            restrict(job=job, required=self._required)
            self._run(source, options, limits, output)
            status = 0
        finally:
            os._exit(status)

    def _kill(self, job: int) -> None:
        for pid, (running, _) in self._readers.items():
            if running == job:
                os.kill(pid, signal.SIGKILL)
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)

    def _reap(self) -> None:
        while self._readers:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            job, file_mb = self._readers.pop(pid, (0, 0))
            self._send(
                {
                    "job": job,
                    "status": status,
                    "cpu_seconds": usage.ru_utime + usage.ru_stime,
                    "peak_memory_mb": usage.ru_maxrss // 1024,
                    # The file is mapped: what was read of it counts as the reader's memory.
                    "base_memory_mb": self._base_mb + file_mb,
                }
            )

    def _send(self, message: dict[str, Any]) -> None:
        self._control.send(json.dumps(message).encode())


def probe_reader() -> dict[str, list[str]]:
    """Fork a process, restrict it as a reader, and return what is in force and what is reached."""
    parent = os.getpid()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            detach(parent, (writing,))
            limit(ReaderLimits())
            in_force = restrict(job=0, required=False)
            report = {"in_force": in_force, "reached": probe.reached(parent)}
            os.write(writing, json.dumps(report).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        data = pipe.read()
    os.waitpid(pid, 0)
    found: dict[str, list[str]] = json.loads(data or '{"in_force": [], "reached": ["all"]}')
    return found


def _resident_mb() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE") // _MIB


def _block_layout_models() -> None:
    """Prevent PyMuPDF from loading its layout models on import.

    They take half a second and 100 MB and start threads, which a forking process must not have.
    """
    for name in ("pymupdf.layout", "onnxruntime"):
        sys.modules[name] = None  # type: ignore[assignment]


def _load_all() -> Run:
    """Import all that any reader needs, and return what reads a file."""
    _block_layout_models()
    child = importlib.import_module("services.extractor.sandbox.reader_process")
    importlib.import_module("services.extractor.readers.registry").load_all()
    names = {module.name for module in pkgutil.iter_modules(encodings.__path__)}
    for name in sorted(names.difference(_OF_WINDOWS)):
        importlib.import_module(f"encodings.{name}")
    for name in _LATE_MODULES:
        importlib.import_module(name)
    time.tzset()
    run: Run = child.run
    return run


def main(arguments: list[str]) -> None:
    """Run the forkserver.

    Arguments: the control socket's descriptor, a tokenizer file or "", and `required` or `best`.
    """
    control, tokenizer_path, mode = arguments
    hide_memory()
    in_force = ["network_namespace"] if drop_network() else []
    drop_terminal()
    run = _load_all()
    if tokenizer_path:
        load_tokenizer(tokenizer_path)
    clear_environment()
    gc.collect()
    gc.freeze()
    gc.disable()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        server = Forkserver(socket.socket(fileno=int(control)), run, required=mode == "required")
        server.serve(in_force)


if __name__ == "__main__":
    main(sys.argv[1:])
