"""Builds and installs filters of system calls: what is not allowed fails with EPERM.

A filter is a program of the classic Berkeley packet filter over `struct seccomp_data`: the call's
number, the processor, the instruction pointer and six arguments. See seccomp(2).
"""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from services.extractor.sandbox.syscalls import Machine, number_of, this_machine
from shared.system.prctl import syscall

ALLOW = 0x7FFF0000
KILL_PROCESS = 0x80000000
REFUSE = 0x00050000 | errno.EPERM
UNKNOWN_CALL = 0x00050000 | errno.ENOSYS  # glibc then tries an older call

_SET_MODE_FILTER = 1
_LOAD, _JUMP_EQUAL, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER, _PROCESSOR, _ARGUMENTS = 0, 4, 16  # offsets in seccomp_data


class Instruction(NamedTuple):
    """One instruction: code, distances of the jump if true and if false, operand."""

    code: int
    if_true: int
    if_false: int
    operand: int


@dataclass(frozen=True, slots=True)
class OneOf:
    """Allows a call whose argument, as 32 bits, is one of `values`."""

    argument: int
    values: tuple[int, ...]

    def instructions(self) -> list[Instruction]:
        """Return a program that ends in a verdict."""
        tests = [Instruction(_JUMP_EQUAL, len(self.values) - at, 0, value)
                 for at, value in enumerate(self.values)]  # fmt: skip
        return [_load_argument(self.argument), *tests, _verdict(REFUSE), _verdict(ALLOW)]


@dataclass(frozen=True, slots=True)
class WithoutBits:
    """Allows a call whose argument has none of these bits."""

    argument: int
    bits: int

    def instructions(self) -> list[Instruction]:
        """Return a program that ends in a verdict."""
        test = Instruction(_JUMP_ANY_BIT, 1, 0, self.bits)
        return [_load_argument(self.argument), test, _verdict(ALLOW), _verdict(REFUSE)]


@dataclass(frozen=True, slots=True)
class WithBits:
    """Allows a call whose argument has at least one of these bits."""

    argument: int
    bits: int

    def instructions(self) -> list[Instruction]:
        """Return a program that ends in a verdict."""
        test = Instruction(_JUMP_ANY_BIT, 0, 1, self.bits)
        return [_load_argument(self.argument), test, _verdict(ALLOW), _verdict(REFUSE)]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Lets a call fail as if the kernel did not have it."""

    def instructions(self) -> list[Instruction]:
        """Return a program that ends in a verdict."""
        return [_verdict(UNKNOWN_CALL)]


Condition = OneOf | WithoutBits | WithBits | Unknown


def program(
    calls: Iterable[str], conditions: Mapping[str, Condition], machine: Machine
) -> list[Instruction]:
    """Return the filter that allows `calls`, and those with a condition if it holds.

    A call through the interface of another processor ends the process, since its numbers mean
    other calls.
    """
    code = [
        Instruction(_LOAD, 0, 0, _PROCESSOR),
        Instruction(_JUMP_EQUAL, 1, 0, machine.audit),
        _verdict(KILL_PROCESS),
        Instruction(_LOAD, 0, 0, _NUMBER),
    ]
    for call in sorted({*calls, *conditions}):
        number = number_of(call, machine)
        if number is not None:
            condition = conditions.get(call)
            block = condition.instructions() if condition else [_verdict(ALLOW)]
            code += [Instruction(_JUMP_EQUAL, 0, len(block), number), *block]
    return [*code, _verdict(REFUSE)]


def install(calls: Iterable[str], conditions: Mapping[str, Condition]) -> None:
    """Filter the calls of this process from now on; raises OSError if the kernel can't."""
    machine = this_machine()
    code = program(calls, conditions, machine)
    packed = b"".join(struct.pack("HBBI", *each) for each in code)
    held = ctypes.create_string_buffer(packed, len(packed))
    header = struct.pack("HxxxxxxP", len(code), ctypes.addressof(held))
    syscall(machine.seccomp, _SET_MODE_FILTER, 0, ctypes.c_char_p(header))


def _load_argument(index: int) -> Instruction:
    # The lower half: both processors are little-endian.
    return Instruction(_LOAD, 0, 0, _ARGUMENTS + 8 * index)


def _verdict(action: int) -> Instruction:
    return Instruction(_RETURN, 0, 0, action)
