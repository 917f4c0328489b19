"""Takes privileges from a process: its user, its capabilities, and the ways to regain them."""

from __future__ import annotations

import ctypes
import os
import struct

from shared.system.prctl import (
    PR_CAP_AMBIENT,
    PR_CAP_AMBIENT_CLEAR_ALL,
    PR_CAPBSET_DROP,
    PR_SET_NO_NEW_PRIVS,
    prctl,
)

# The range from which systemd gives users to services for one run: no account has these numbers.
_FIRST_USER, _LAST_USER = 61184, 65519
_CAPABILITIES_VERSION = 0x20080522
_CAP_KILL, _CAP_SETGID, _CAP_SETUID, _CAP_SETPCAP = 5, 6, 7, 8
_libc = ctypes.CDLL(None, use_errno=True)


def capabilities() -> int:
    """Return the permitted, effective and inheritable capabilities of this process as bits."""
    data = ctypes.create_string_buffer(24)
    _capabilities_call("capget", data)
    low: tuple[int, ...] = struct.unpack("=3I", data.raw[:12])
    high: tuple[int, ...] = struct.unpack("=3I", data.raw[12:])
    return (low[0] | low[1] | low[2]) | (high[0] | high[1] | high[2]) << 32


def can_change_user() -> bool:
    """Return whether this process may give its children another user, and still kill them."""
    needed = (1 << _CAP_KILL) | (1 << _CAP_SETGID) | (1 << _CAP_SETUID)
    return os.geteuid() == 0 and capabilities() & needed == needed


def become_own_user(number: int) -> None:
    """Become a user that owns no file and, of `number` up to 4,336 readers, no other process.

    Raises OSError if the user namespace does not have it.
    """
    user = _FIRST_USER + number % (_LAST_USER - _FIRST_USER + 1)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def drop_capabilities() -> None:
    """Give up all capabilities, and those that a program could gain where that is allowed."""
    held = capabilities()
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    if held & (1 << _CAP_SETPCAP):
        for capability in range(64):
            try:
                prctl(PR_CAPBSET_DROP, capability)
            except OSError:
                break  # The kernel has no more of them.
    _capabilities_call("capset", ctypes.create_string_buffer(24))
    if capabilities():
        raise OSError("Capabilities are left after all were dropped.")


def forbid_new_privileges() -> None:
    """Prevent this process and its children from gaining privileges by starting a program."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def _capabilities_call(name: str, data: ctypes.Array[ctypes.c_char]) -> None:
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITIES_VERSION, 0), 8)
    if getattr(_libc, name)(header, data) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
