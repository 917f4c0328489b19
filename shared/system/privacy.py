"""Keeps what a process holds and stores from other users, and its memory from other processes."""

from __future__ import annotations

import os
import resource
from pathlib import Path

from shared.system.prctl import hide_memory

_OWNER_ONLY = 0o077
_FOLDER_MODE = 0o700


def keep_private() -> None:
    """Make new files readable by this user only, and hide this process's memory.

    No other process of the user can then read its secrets, as it could from `/proc`, and no core
    dump has them. It comes after what writes to `/proc/self`, which then belongs to root.
    """
    os.umask(_OWNER_ONLY)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hide_memory()


def private_folder(path: Path) -> None:
    """Make a folder that only its owner can enter, also if it exists; leave another's as it is.

    A folder of another owner is a mounted volume, whose access the deployment decides.
    """
    path.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
    if path.stat().st_uid == os.geteuid():
        path.chmod(_FOLDER_MODE)
