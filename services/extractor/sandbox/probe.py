"""Tries, from inside a restricted process, what it must not be able to do."""

from __future__ import annotations

import ctypes
import os
import socket
from collections.abc import Callable

_libc = ctypes.CDLL(None, use_errno=True)


def reached(other: int) -> list[str]:
    """Return what is still within reach; each attempt is harmless where it succeeds.

    `other` is a process of the same user.
    """
    attempts = {**_ATTEMPTS, "signals": lambda: os.kill(other, 0)}
    return [name for name, attempt in attempts.items() if not _is_refused(attempt)]


def _is_refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (PermissionError, BlockingIOError):  # The latter: no more processes.
        return True
    except OSError:
        return False  # The kernel considered it: it failed for another reason.
    return False


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _trace() -> None:
    # Request 0: to be traced by the parent.
    if _libc.ptrace(0, 0, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def _unshare(flags: int) -> None:
    if _libc.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


_ATTEMPTS: dict[str, Callable[[], object]] = {
    "files": lambda: os.open("/", os.O_RDONLY),
    "names of files": lambda: os.stat("/"),
    "removing files": lambda: os.unlink("/nonexistent/file"),
    "network": socket.socket,
    "processes": _fork,
    "programs": lambda: os.execv("/nonexistent/program", ["program"]),  # noqa: S606
    "tracing": _trace,
    "namespaces": lambda: _unshare(0),
}
