"""Takes a process's access to files, TCP and signals with Landlock (Linux 5.13 and later).

See landlock(7) and `linux/landlock.h`. Paths that were opened before stay usable.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterable

from shared.system.prctl import syscall

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446  # the same on every processor
_VERSION_FLAG = 1
_PATH_BENEATH = 1
EXECUTE, READ_FILE, READ_DIR = 1 << 0, 1 << 2, 1 << 3
READ = EXECUTE | READ_FILE | READ_DIR
_OF_FILES_ONLY = EXECUTE | READ_FILE
# Number of rights over files by version of the interface: 2 adds moves, 3 truncation, 5 ioctl.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_TCP_RIGHTS = 0b11  # bind and connect, since version 4
_SCOPES = 0b11  # abstract UNIX sockets and signals, since version 6
_NOT_HAD = frozenset({errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM})


def version() -> int:
    """Return the version of Landlock that the kernel has; 0 without it, or where it is refused."""
    try:
        return syscall(_CREATE, ctypes.c_void_p(), ctypes.c_size_t(0), _VERSION_FLAG)
    except OSError as error:
        if error.errno in _NOT_HAD:
            return 0
        raise


def restrict(readable: Iterable[str] = ()) -> None:
    """Deny this process all files but those at or below `readable`, which it may read and execute.

    It needs `no_new_privs` or CAP_SYS_ADMIN. Raises OSError if the kernel can't.
    """
    ruleset = _create(version())
    try:
        for path in readable:
            _allow(ruleset, path)
        syscall(_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)


def _create(found: int) -> int:
    files = (1 << _FILE_RIGHTS[min(max(found, 1), max(_FILE_RIGHTS))]) - 1
    rights = [files, _TCP_RIGHTS, _SCOPES][: 1 + (found >= 4) + (found >= 6)]
    attributes = struct.pack(f"={len(rights)}Q", *rights)
    held = ctypes.create_string_buffer(attributes, len(attributes))
    return syscall(_CREATE, held, ctypes.c_size_t(len(attributes)), 0)


def _allow(ruleset: int, path: str) -> None:
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rights = READ if os.path.isdir(path) else _OF_FILES_ONLY
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, opened), 12)
        syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(opened)
