"""The filters of system calls, run by a small interpreter for both processors."""

from __future__ import annotations

import mmap
import struct

import pytest

from services.extractor.sandbox import seccomp
from services.extractor.sandbox.allowed_calls import CALLS, conditions
from services.extractor.sandbox.seccomp import (
    ALLOW,
    KILL_PROCESS,
    REFUSE,
    UNKNOWN_CALL,
    Instruction,
    Unknown,
    WithBits,
)
from services.extractor.sandbox.syscalls import MACHINES, NUMBERS, Machine, number_of

PID = 4711
machines = pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES.keys())


def verdict(code: list[Instruction], machine: Machine, number: int, *arguments: int) -> int:
    """Run a filter over a call as the kernel does, and return its action."""
    padded = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    data = struct.pack("=iIQ6Q", number, machine.audit, 0, *padded)
    held, at = 0, 0
    while True:
        step = code[at]
        at += 1
        if step.code == 0x20:
            (held,) = struct.unpack_from("=I", data, step.operand)
        elif step.code == 0x06:
            return step.operand
        elif step.code in (0x15, 0x45):
            holds = held == step.operand if step.code == 0x15 else bool(held & step.operand)
            at += step.if_true if holds else step.if_false
        else:
            raise AssertionError(f"unknown instruction {step}")


def of_readers(machine: Machine) -> list[Instruction]:
    return seccomp.program(CALLS, conditions(PID), machine)


@machines
def test_what_is_listed_is_allowed_and_all_else_refused(machine: Machine) -> None:
    code = of_readers(machine)
    listed = {number_of(call, machine) for call in CALLS}
    conditional = {number_of(call, machine) for call in conditions(PID)}
    for number in set(range(1024)) - conditional:
        assert verdict(code, machine, number) == (ALLOW if number in listed else REFUSE)


@machines
def test_calls_of_another_processor_end_the_process(machine: Machine) -> None:
    (other,) = (each for each in MACHINES.values() if each != machine)
    assert verdict(of_readers(machine), other, 0) == KILL_PROCESS
    i386 = Machine(0x40000003, 0, 0)
    assert verdict(of_readers(machine), i386, 0) == KILL_PROCESS


def test_calls_of_the_x32_interface_are_refused() -> None:
    machine = MACHINES["x86_64"]
    for call in CALLS:
        number = number_of(call, machine) or 0
        assert verdict(of_readers(machine), machine, number | 0x40000000) == REFUSE


@machines
@pytest.mark.parametrize(
    ("call", "arguments", "expected"),
    [
        ("mmap", (0, 4096, mmap.PROT_READ | mmap.PROT_WRITE), ALLOW),
        ("mmap", (0, 4096, mmap.PROT_READ | mmap.PROT_EXEC), REFUSE),
        ("mprotect", (0, 4096, mmap.PROT_READ), ALLOW),
        ("mprotect", (0, 4096, mmap.PROT_EXEC), REFUSE),
        ("fcntl", (3, 1), ALLOW),  # F_GETFD
        ("fcntl", (3, 1030), ALLOW),  # F_DUPFD_CLOEXEC
        ("fcntl", (3, 4, 0x2000), REFUSE),  # F_SETFL with O_ASYNC
        ("fcntl", (3, 8, 1), REFUSE),  # F_SETOWN
        ("fcntl", (3, 10, 9), REFUSE),  # F_SETSIG
        ("fcntl", (3, 15, 0), REFUSE),  # F_SETOWN_EX
        ("tgkill", (PID, 1, 6), ALLOW),
        ("tgkill", (PID + 1, 1, 6), REFUSE),
        # The kernel looks at the lower half of a process id only.
        ("tgkill", (PID + 1 + (PID << 32), 1, 6), REFUSE),
    ],
)
def test_arguments_are_looked_at(
    machine: Machine, call: str, arguments: tuple[int, ...], expected: int
) -> None:
    number = number_of(call, machine) or 0
    assert verdict(of_readers(machine), machine, number, *arguments) == expected


@machines
def test_bits_may_be_demanded_and_calls_unknown(machine: Machine) -> None:
    code = seccomp.program((), {"clone": WithBits(0, 0x10000), "clone3": Unknown()}, machine)
    clone, clone3 = (number_of(call, machine) or 0 for call in ("clone", "clone3"))
    assert verdict(code, machine, clone, 0x10F00) == ALLOW
    assert verdict(code, machine, clone, 0x0F00) == REFUSE
    assert verdict(code, machine, clone3) == UNKNOWN_CALL


@machines
def test_a_number_means_one_call(machine: Machine) -> None:
    numbers = [number for call in NUMBERS if (number := number_of(call, machine)) is not None]
    assert len(set(numbers)) == len(numbers)


def test_nothing_that_reaches_out_is_listed() -> None:
    reaching = (
        "open openat stat newfstatat statx access readlink execve clone clone3 prlimit64 poll"
    )
    assert CALLS.isdisjoint(reaching.split())
    assert conditions(PID).keys().isdisjoint(reaching.split())
