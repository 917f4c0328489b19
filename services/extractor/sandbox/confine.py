"""Restricts a reader process to computing, within limits on time and memory (Linux).

After `restrict` it can use its memory and the two descriptors that it holds, and nothing else:
every system call that takes a path, an address or a process is refused.
"""

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
from collections.abc import Callable, Iterable
from pathlib import Path

from services.extractor.document import ReaderLimits
from services.extractor.sandbox import landlock, privileges, seccomp
from services.extractor.sandbox.allowed_calls import CALLS, conditions
from shared.system.prctl import PR_SET_PDEATHSIG, hide_memory, prctl

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_MIB = 1024 * 1024

# The filter of system calls alone keeps files, network and processes away; the rules that are set
# where the kernel and the user allow them are further walls.
REQUIRED = ("no_new_privileges", "no_capabilities", "hidden_memory", "no_processes", "seccomp")
WHERE_POSSIBLE = ("own_user", "landlock", "network_namespace")
RULES = (*REQUIRED, *WHERE_POSSIBLE)


def drop_network() -> bool:
    """Move this process and its children into an empty network namespace, if the kernel allows it.

    Create a user namespace only if the network needs one: root in it can't read files of others.
    """
    unshare = ctypes.CDLL(None).unshare
    return bool(unshare(_CLONE_NEWNET) == 0 or unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)


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
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def detach(parent: int, keep: Iterable[int]) -> None:
    """Make a forked process its own group, with the default signals and only the files `keep`."""
    os.setpgrp()
    die_with_parent(parent)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    _close_other_files(keep)
    sys.dont_write_bytecode = True
    os.nice(5)  # queries come first
    gc.enable()


def limit(limits: ReaderLimits) -> None:
    """Limit memory, CPU time and files.

    The memory limit is added to what is mapped already, so that it bounds the file's share only. A
    reader starts no process, so it bounds all memory that a file can take.
    """
    memory = _mapped_bytes() + limits.memory_mb * _MIB
    _cap(resource.RLIMIT_AS, memory)
    _cap(resource.RLIMIT_FSIZE, 0)
    _cap(resource.RLIMIT_CORE, 0)
    _cap(resource.RLIMIT_NOFILE, 64)
    _cap(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 5)  # SIGXCPU, then SIGKILL


def restrict(*, job: int, required: bool) -> list[str]:
    """Take everything but computing from this process; return the rules that are in force.

    The user comes first, since changing it needs privileges, and the filter of system calls last.
    OSError: a rule could not be set, unless `required` is false.
    """
    parent = os.getppid()
    rules: list[tuple[str, Callable[[], bool | None]]] = [
        ("own_user", lambda: _change_user(job)),
        ("no_capabilities", privileges.drop_capabilities),
        ("no_new_privileges", privileges.forbid_new_privileges),
        ("hidden_memory", hide_memory),
        ("no_processes", lambda: _cap(resource.RLIMIT_NPROC, 0)),
        ("landlock", _deny_files),
        ("seccomp", lambda: _filter(parent)),
    ]
    in_force = []
    for name, set_rule in rules:
        try:
            if set_rule() is not False:
                in_force.append(name)
        except OSError:
            if required:
                raise
    return in_force


def _change_user(job: int) -> bool:
    if not privileges.can_change_user():
        return False
    try:
        privileges.become_own_user(job)
    except OSError:
        return False  # A container may have no such user.
    return True


def _deny_files() -> bool:
    if not landlock.version():
        return False
    landlock.restrict()
    return True


def _filter(parent: int) -> None:
    die_with_parent(parent)  # A change of the user cancels it.
    seccomp.install(CALLS, conditions(os.getpid()))


def _close_other_files(keep: Iterable[int]) -> None:
    """Close all descriptors but `keep`; standard streams go to /dev/null, as MuPDF prints."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    highest = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    start = 3
    for fd in (*sorted(keep), highest):
        os.closerange(start, fd)
        start = fd + 1


def _mapped_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _cap(kind: int, soft: int, hard: int | None = None) -> None:
    resource.setrlimit(kind, (soft, soft if hard is None else hard))
