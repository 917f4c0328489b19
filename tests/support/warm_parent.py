"""Forks processes with everything imported: `python -m tests.support.warm_parent LISTENER`.

In a fresh interpreter a start computes for one to four seconds, nearly all of them on imports. An
order names a module, which a fork runs as `python -m` would; a second process waits for its end and
reports it. When the tests end, even by a kill, the kernel kills all of them.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import threading
import warnings
from typing import Any, NoReturn

from services.extractor.sandbox.confine import die_with_parent
from tests.support import warm

# What the modules import that tests start, but not these: a fork executes its module itself.
_PRELOADED = (
    "alembic.command",
    "anyio._backends._asyncio",
    "asyncpg",
    "celery.apps.beat",
    "celery.apps.worker",
    "celery.bin.celery",
    "celery.concurrency.thread",
    "chromadb",
    "httpcore",
    "kombu.transport.redis",
    "services.cli.demo",
    "services.cli.documents",
    "services.cli.operate",
    "services.embedded",
    "services.embedder.dispatch",
    "services.embedder.tasks",
    "shared.bus.rabbitmq",
    "shared.database.postgresql",
    "shared.encoders.build",
    "shared.vectors.chroma",
    "shared.vectors.chroma_collections",
    "uvicorn.lifespan.on",
    "uvicorn.protocols.websockets.auto",
)
_WITHOUT_LAYOUT_MODELS = "services.extractor.sandbox.reader_process"
# Above every descriptor that a fork is to have under a number of its own.
_OUT_OF_THE_WAY = 500


def main(descriptor: int) -> None:
    """Serve orders until the process that started this one ends; in a fork, run its module."""
    die_with_parent(os.getppid())
    # A program that runs the tests in the background may have them ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _preload()
    parent = os.getpid()
    with socket.socket(fileno=descriptor) as listener:
        address = listener.getsockname()
        while True:
            connection, _ = listener.accept()
            _reap_monitors()
            if os.fork() == 0:
                break
            connection.close()
    die_with_parent(parent)
    order = _fork(connection)
    if order["warm_children"]:
        warm.use(address)
    _run(order)


def _preload() -> None:
    for name in _PRELOADED:
        importlib.import_module(name)
    forkserver = importlib.import_module("services.extractor.sandbox.forkserver")
    forkserver._block_layout_models()
    importlib.import_module(_WITHOUT_LAYOUT_MODELS)
    gc.collect()
    gc.freeze()


def _reap_monitors() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _fork(connection: socket.socket) -> dict[str, Any]:
    """Fork, and return the order in the new process; its monitor reports its end and exits."""
    data, received, _, _ = socket.recv_fds(connection, warm.MAX_ORDER, warm.MAX_DESCRIPTORS)
    if not data:
        os._exit(0)
    order: dict[str, Any] = json.loads(data)
    monitor = os.getpid()
    if pid := os.fork():
        for fd in received:
            os.close(fd)
        _report(connection, pid)
        _, status = os.waitpid(pid, 0)
        _report(connection, os.waitstatus_to_exitcode(status))
        os._exit(0)
    connection.close()
    die_with_parent(monitor)
    _place(received, order["descriptors"])
    return order


def _report(connection: socket.socket, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # The process that ordered the fork may have ended.
        connection.send(str(number).encode())


def _place(received: list[int], numbers: list[int]) -> None:
    """Give the received descriptors the numbers that the order names."""
    moved = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _OUT_OF_THE_WAY) for fd in received]
    for fd in received:
        os.close(fd)
    for fd, number in zip(moved, numbers, strict=True):
        os.dup2(fd, number)
        os.close(fd)


def _run(order: dict[str, Any]) -> None:
    if order["start_new_session"]:
        os.setsid()
    if order["process_group"] is not None:
        os.setpgid(0, order["process_group"])
    if order["cwd"]:
        os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = [order["module"], *order["arguments"]]
    warnings.filterwarnings("ignore", message=".* found in sys.modules", module="runpy")
    try:
        runpy.run_module(order["module"], run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        _exit(ended.code)
    _exit(None)


def _exit(code: object) -> NoReturn:
    """Exit as the interpreter would, but without destroying the objects of all modules.

    They share memory with the parent's: to write to each would take 0.15 s of processor time.
    """
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    if not isinstance(code, int | None):
        print(code, file=sys.stderr)
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
