"""Plays a document that has taken over its reader: `python -m tests.support.attacker AS FOLDER`.

AS is `this_user`, `ordinary_user` (needs root), `in_docker`, where the calls are refused that
Docker and Kubernetes refuse by default, or `unconfined`, to show that the attacks work. FOLDER has
a file of the service, `quire.db`. The report is a JSON object on standard output: the rules in
force, and what was reached.
"""

from __future__ import annotations

import ctypes
import errno
import json
import mmap
import os
import platform
import resource
import struct
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from services.extractor.document import ReaderLimits
from services.extractor.sandbox import seccomp, syscalls
from services.extractor.sandbox.allowed_calls import CALLS, conditions
from services.extractor.sandbox.confine import detach, drop_network, limit, restrict
from services.extractor.sandbox.seccomp import ALLOW, Instruction
from shared.system.prctl import hide_memory, prctl, syscall

X86 = platform.machine() == "x86_64"
NOBODY = 65534
# The kernel ends a process that makes these calls itself (uretprobe, uprobe), before any filter.
ENDED_BY_KERNEL = {335, 336} if X86 else set()
LAST_CALL = 470  # a little above the last one of the kernels of 2026
EXECUTABLE = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
PRIVATE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
# Refused by the default profiles of Docker and Kubernetes, without capabilities.
DOCKER_REFUSES = {
    "x86_64": {"unshare": 272, "setns": 308, "mount": 165, "umount2": 166, "ptrace": 101,
               "clone3": 435, "bpf": 321, "pivot_root": 155, "perf_event_open": 298},
    "aarch64": {"unshare": 97, "setns": 268, "mount": 40, "umount2": 39, "ptrace": 117,
                "clone3": 435, "bpf": 280, "pivot_root": 41, "perf_event_open": 241},
}  # fmt: skip

libc = ctypes.CDLL(None, use_errno=True)


def main(who: str, folder: Path) -> None:
    os.environ["QUIRE_SECRET"] = "s3cret"
    if who == "ordinary_user":
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    if who == "in_docker":
        refuse_calls(DOCKER_REFUSES[platform.machine()].values())
    if who != "unconfined":
        hide_memory()
    has_namespace = drop_network()
    service = os.getpid()
    reading, writing = os.pipe()
    if os.fork() == 0:
        try:
            detach(service, (writing,))
            limit(ReaderLimits())
            in_force: list[str] = []
            if who == "unconfined":
                found = [name for name, attempt in harmless(service, folder, writing).items()
                         if works(attempt)]  # fmt: skip
            else:
                in_force = restrict(job=7, required=True)
                found = reached(service, folder, writing)
            report = {"in_force": in_force, "reached": found}
        except BaseException as failed:
            report = {"in_force": [], "reached": [repr(failed)]}
        os.write(writing, json.dumps(report).encode())
        os._exit(0)
    os.close(writing)
    with open(reading) as pipe:
        result = json.load(pipe)
    print(json.dumps(result | {"network_namespace": has_namespace}))


def refuse_calls(refused: Iterable[int]) -> None:
    """Refuse calls by number in this process and its children, as a container does."""
    machine = syscalls.this_machine()
    code = [
        Instruction(0x20, 0, 0, 0),
        *(each for number in refused
          for each in (Instruction(0x15, 0, 1, number), Instruction(0x06, 0, 0, seccomp.REFUSE))),
        Instruction(0x06, 0, 0, ALLOW),
    ]  # fmt: skip
    packed = b"".join(struct.pack("HBBI", *each) for each in code)
    held = ctypes.create_string_buffer(packed, len(packed))
    header = struct.pack("HxxxxxxP", len(code), ctypes.addressof(held))
    prctl(38, 1)
    syscall(machine.seccomp, 1, 0, ctypes.c_char_p(header))


def reached(service: int, folder: Path, output: int) -> list[str]:
    """Try everything and return what did not fail for want of permission."""
    found = [name for name, attempt in attempts(service, folder, output).items() if works(attempt)]
    return found + [f"call {number}" for number in unlisted() if not is_refused(number)]


def harmless(service: int, folder: Path, output: int) -> dict[str, Callable[[], object]]:
    """Return the attacks that change nothing if they succeed."""
    names = ("file of the service", "size of a file", "its environment", "password file",
             "socket of family 2", "signal", "executable memory")  # fmt: skip
    every = attempts(service, folder, output)
    return {name: every[name] for name in names}


def works(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (PermissionError, BlockingIOError):
        return False
    except ValueError as refused:
        return "not allowed to raise" not in str(refused)  # EPERM of setrlimit
    except OSError as error:
        return error.errno not in (errno.EPERM, errno.EACCES)
    return True


def attempts(service: int, folder: Path, output: int) -> dict[str, Callable[[], object]]:
    """Return the attacks by name."""
    F_SETOWN, F_SETSIG = 8, 10
    return {
        "file of the service": lambda: os.open(folder / "quire.db", os.O_RDONLY),
        "size of a file": lambda: os.stat(folder / "quire.db"),
        "listing": lambda: os.listdir(folder),
        "its environment": lambda: os.open(f"/proc/{service}/environ", os.O_RDONLY),
        "its memory": lambda: os.open(f"/proc/{service}/mem", os.O_RDWR),
        "its descriptors": lambda: os.listdir(f"/proc/{service}/fd"),
        "own memory as a file": lambda: os.open("/proc/self/mem", os.O_RDWR),
        "password file": lambda: os.open("/etc/passwd", os.O_RDONLY),
        "device": lambda: os.open("/dev/null", os.O_WRONLY),
        "writing": lambda: os.open(folder / "new", os.O_WRONLY | os.O_CREAT),
        "unlink": lambda: os.unlink(folder / "quire.db"),
        "rename": lambda: os.rename(folder / "quire.db", folder / "gone"),
        "folder": lambda: os.mkdir(folder / "new"),
        "link": lambda: os.link(folder / "quire.db", folder / "link"),
        "mode": lambda: os.chmod(folder / "quire.db", 0o777),
        **{f"socket of family {each}": partial(raw_socket, each) for each in range(46)},
        "signal": lambda: os.kill(service, 0),
        "signal to all": lambda: os.kill(-1, 0),
        "signal through fcntl": lambda: check(libc.fcntl(output, F_SETOWN, service)),
        "other signal through fcntl": lambda: check(libc.fcntl(output, F_SETSIG, 9)),
        "signal to a thread of another": lambda: syscall(234 if X86 else 131, service, service, 0),
        "fork": fork,
        "shell": lambda: os.execv("/bin/sh", ["sh", "-c", "exit 0"]),
        "trace": lambda: check(libc.ptrace(16, service, None, None)),
        "memory of another": lambda: syscall(310 if X86 else 270, service, 0, 0, 0, 0, 0),
        "namespace": lambda: check(libc.unshare(0x10000000)),
        "namespace of another": lambda: check(libc.setns(0, 0)),
        "mount": lambda: check(libc.mount(b"x", b"/", b"tmpfs", 0, None)),
        "user": lambda: os.setuid(0),
        "core dump": lambda: prctl(4, 1),
        "limit": lambda: resource.setrlimit(resource.RLIMIT_NPROC, (9, 9)),
        "executable memory": lambda: mmap.mmap(-1, 4096, PRIVATE, EXECUTABLE),
        "memory made executable": lambda: make_executable(),
        "terminal": lambda: check(libc.ioctl(output, 0x5412, b"x")),
    }  # fmt: skip


def fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def raw_socket(family: int) -> None:
    check(libc.socket(family, 1, 0))


def make_executable() -> None:
    page = mmap.mmap(-1, mmap.PAGESIZE, PRIVATE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    check(libc.mprotect(ctypes.c_void_p(address), mmap.PAGESIZE, EXECUTABLE))


def check(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")


def unlisted() -> list[int]:
    """Return the numbers of all calls that no rule allows."""
    machine = syscalls.this_machine()
    listed = {syscalls.number_of(call, machine) for call in {*CALLS, *conditions(0)}}
    numbers = sorted({*range(LAST_CALL)} - listed - ENDED_BY_KERNEL)
    # The same calls by the numbers of the x32 interface.
    return numbers + [0x40000000 | number for number in range(LAST_CALL)] if X86 else numbers


def is_refused(number: int) -> bool:
    try:
        syscall(number, 0, 0, 0, 0, 0, 0)
    except OSError as error:
        return error.errno == errno.EPERM
    return False


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
