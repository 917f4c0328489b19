"""Lets a server's user enter the folders above its own, without letting anybody else in."""

from __future__ import annotations

import os
import pwd
import shutil
import struct
from pathlib import Path

from deploy.local.polling import NotUp

_ATTRIBUTE = "system.posix_acl_access"
_VERSION = 2
_OWNER, _USER, _GROUP, _MASK, _OTHERS = 0x01, 0x02, 0x04, 0x10, 0x20
_NOBODY = 0xFFFFFFFF
_ENTER = 0o1
_ENTRY = struct.Struct("<HHI")


def give_folder(folder: Path, user: str) -> None:
    """Make `user` the owner of a folder, and let it pass the folders above.

    NotUp: the file system has no access lists.
    """
    shutil.chown(folder, user, user)
    number = pwd.getpwnam(user).pw_uid
    for above in folder.parents:
        if not above.stat().st_mode & 0o001 and not _lets_in(above, number):
            try:
                os.setxattr(above, _ATTRIBUTE, with_entry(_entries(above), number))
            except OSError as refused:
                raise NotUp(
                    f"The user {user}, as which a server runs, can't enter {above}. Choose another"
                    " --folder."
                ) from refused


def with_entry(entries: list[tuple[int, int, int]], user: int) -> bytes:
    """Return an access list in which `user` may enter; (kind, rights, id) in the kernel's order."""
    kept = [each for each in entries if each[0] != _MASK and (each[0], each[2]) != (_USER, user)]
    kept.append((_USER, _ENTER, user))
    # The mask bounds the rights of named users and groups, so it must allow all of them.
    mask = 0
    for kind, rights, _ in kept:
        mask |= rights if kind not in (_OWNER, _OTHERS) else 0
    kept.append((_MASK, mask, _NOBODY))
    ordered = sorted(kept, key=lambda each: (each[0], each[2]))
    return struct.pack("<I", _VERSION) + b"".join(_ENTRY.pack(*each) for each in ordered)


def _entries(path: Path) -> list[tuple[int, int, int]]:
    try:
        data = os.getxattr(path, _ATTRIBUTE)
    except OSError:  # It has none: the same as its mode.
        mode = path.stat().st_mode
        parts = ((_OWNER, mode >> 6), (_GROUP, mode >> 3), (_OTHERS, mode))
        return [(kind, bits & 0o7, _NOBODY) for kind, bits in parts]
    return [(kind, rights, number) for kind, rights, number in _ENTRY.iter_unpack(data[4:])]


def _lets_in(path: Path, user: int) -> bool:
    entries = _entries(path)
    masks = [rights for kind, rights, _ in entries if kind == _MASK] or [_ENTER]
    return any(
        kind == _USER and number == user and rights & masks[0] & _ENTER
        for kind, rights, number in entries
    )
