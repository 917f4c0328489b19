"""Calls of the C library that have no function in Python: process attributes (Linux)."""

from __future__ import annotations

import ctypes
import os

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

_libc = ctypes.CDLL(None, use_errno=True)
_libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
_libc.syscall.restype = ctypes.c_long


def prctl(option: int, *arguments: int) -> None:
    """Change an attribute of this process; raises OSError."""
    padded = [*arguments, 0, 0, 0, 0][:4]
    _check(_libc.prctl(option, *padded))


def syscall(number: int, *arguments: object) -> int:
    """Call the kernel with integers or ctypes values and return the result; raises OSError."""
    sized = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    return _check(_libc.syscall(ctypes.c_long(number), *sized))


def _check(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def hide_memory() -> None:
    """Keep other processes of the same user from reading this one's memory and environment.

    Only root still can. It also prevents core dumps. A program that this process starts is not
    hidden until it calls this itself.
    """
    prctl(PR_SET_DUMPABLE, 0)
