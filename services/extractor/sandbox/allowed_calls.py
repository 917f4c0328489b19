"""The system calls that a reader may make: memory, time, and the descriptors that it holds."""

from __future__ import annotations

import fcntl
import mmap
from collections.abc import Mapping

from services.extractor.sandbox.seccomp import Condition, OneOf, WithoutBits

CALLS = frozenset(
    {
        # Memory; with a condition: mmap, mprotect.
        "brk", "madvise", "mremap", "munmap",
        # Open descriptors; with a condition: fcntl.
        "close", "fstat", "lseek", "pread64", "preadv", "read", "readv", "write", "writev",
        # Time, and what the process may know of itself.
        "clock_getres", "clock_gettime", "clock_nanosleep", "getpid", "getrandom", "getrusage",
        "gettid", "gettimeofday", "nanosleep", "sched_getaffinity", "sched_yield", "sysinfo",
        "time", "times",
        # Its signals and its end; with a condition: tgkill.
        "exit", "exit_group", "futex", "restart_syscall", "rt_sigaction", "rt_sigprocmask",
        "rt_sigreturn", "sigaltstack",
    }
)  # fmt: skip


def conditions(pid: int) -> Mapping[str, Condition]:
    """Return the calls that the process `pid` may make with certain arguments only.

    No memory becomes executable. `fcntl` could otherwise have the kernel send any signal to any
    process of the same user (F_SETOWN, F_SETSIG). `abort` sends a signal to its own process.
    """
    return {
        "mmap": WithoutBits(2, mmap.PROT_EXEC),
        "mprotect": WithoutBits(2, mmap.PROT_EXEC),
        "fcntl": OneOf(1, (fcntl.F_GETFD, fcntl.F_SETFD, fcntl.F_GETFL, fcntl.F_DUPFD_CLOEXEC)),
        "tgkill": OneOf(0, (pid,)),
    }
