"""Numbers of the system calls that a sandbox allows, for both supported processors.

Source: `asm/unistd_64.h` (x86_64) and `asm-generic/unistd.h` (aarch64) of the kernel.
"""

from __future__ import annotations

import platform
from typing import NamedTuple


class Machine(NamedTuple):
    """A processor: its value in `seccomp_data.arch`, its column below, and its `seccomp` call."""

    audit: int
    column: int
    seccomp: int


MACHINES = {
    "x86_64": Machine(0xC000003E, 0, 317),
    "aarch64": Machine(0xC00000B7, 1, 277),
}

# None: the processor does not have the call.
NUMBERS: dict[str, tuple[int | None, int | None]] = {
    "brk": (12, 214),
    "clock_getres": (229, 114),
    "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115),
    "close": (3, 57),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "fcntl": (72, 25),
    "fstat": (5, 80),
    "futex": (202, 98),
    "getpid": (39, 172),
    "getrandom": (318, 278),
    "getrusage": (98, 165),
    "gettid": (186, 178),
    "gettimeofday": (96, 169),
    "lseek": (8, 62),
    "madvise": (28, 233),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "mremap": (25, 216),
    "munmap": (11, 215),
    "nanosleep": (35, 101),
    "pread64": (17, 67),
    "preadv": (295, 69),
    "read": (0, 63),
    "readv": (19, 65),
    "restart_syscall": (219, 128),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sched_getaffinity": (204, 123),
    "sched_yield": (24, 124),
    "sigaltstack": (131, 132),
    "sysinfo": (99, 179),
    "tgkill": (234, 131),
    "time": (201, None),
    "times": (100, 153),
    "write": (1, 64),
    "writev": (20, 66),
    # Only for programs that a sandbox starts.
    "access": (21, None),
    "arch_prctl": (158, None),
    "clone": (56, 220),
    "clone3": (435, 435),
    "dup": (32, 23),
    "execve": (59, 221),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "getcwd": (79, 17),
    "getdents64": (217, 61),
    "getegid": (108, 177),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getuid": (102, 174),
    "newfstatat": (262, 79),
    "open": (2, None),
    "openat": (257, 56),
    "poll": (7, None),
    "ppoll": (271, 73),
    "prlimit64": (302, 261),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "rseq": (334, 293),
    "set_robust_list": (273, 99),
    "set_tid_address": (218, 96),
    "stat": (4, None),
    "statfs": (137, 43),
    "statx": (332, 291),
    "uname": (63, 160),
}


def this_machine() -> Machine:
    """Return the processor of this machine; raises OSError if the table does not have it."""
    name = platform.machine()
    if name not in MACHINES:
        raise OSError(f"The sandbox does not know the system calls of {name}.")
    return MACHINES[name]


def number_of(call: str, machine: Machine) -> int | None:
    """Return the number of a call; None if the processor does not have it."""
    return NUMBERS[call][machine.column]
