"""Restricts a reader process to computing, within limits on time and memory (Linux)."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import gc
import os
import resource
import signal
import sys
import termios
from pathlib import Path

from services.extractor.document import ReaderLimits

_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_MIB = 1024 * 1024


def drop_network() -> None:
    """Move this process and its children into an empty network namespace, if the kernel allows it.

    Create a user namespace only if the network needs one: root in it can't read files of others.
    """
    libc = ctypes.CDLL(None)
    if libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def drop_terminal() -> None:
    """Detach this process and its children from the terminal, without starting a session."""
    with contextlib.suppress(OSError):
        terminal = os.open("/dev/tty", os.O_RDWR)
        try:
            fcntl.ioctl(terminal, termios.TIOCNOTTY)
        finally:
            os.close(terminal)


def clear_environment() -> None:
    """Remove all environment variables, which may hold secrets."""
    os.environ.clear()


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when `parent` dies; exit if it is dead already."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def confine(limits: ReaderLimits, output_fd: int, parent: int) -> None:
    """Make a forked process a reader: own group, no output but `output_fd`, resource limits.

    The memory limit is added to what the forkserver already maps, so that it bounds the file's
    share only.
    """
    os.setpgrp()
    die_with_parent(parent)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    _close_other_files(output_fd)
    sys.dont_write_bytecode = True
    os.nice(5)  # queries come first
    memory = _mapped_bytes() + limits.memory_mb * _MIB
    _cap(resource.RLIMIT_AS, memory)
    _cap(resource.RLIMIT_FSIZE, 0)
    _cap(resource.RLIMIT_CORE, 0)
    _cap(resource.RLIMIT_NOFILE, 64)  # a reader opens its file and a few libraries
    _cap(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 5)  # SIGXCPU, then SIGKILL
    gc.enable()


def _close_other_files(output_fd: int) -> None:
    """Close all descriptors but `output_fd`; standard streams go to /dev/null, as MuPDF prints."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.closerange(3, output_fd)
    os.closerange(output_fd + 1, 1024)


def _mapped_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _cap(kind: int, soft: int, hard: int | None = None) -> None:
    resource.setrlimit(kind, (soft, soft if hard is None else hard))
