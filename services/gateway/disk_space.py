"""Watches the free space of the disk that uploads are received on.

A reserve stays free, because the database, the index and the parsers write to the same disk: with
none left, work that was accepted could not end.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from shared.http.problems import Refusal, refusal
from shared.telemetry.metrics import DISK_FREE

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_SENTENCE = (
    "The server's disk has no room for this upload. Nothing was stored. Upload it again once the"
    " operator has freed space."
)


def free_bytes(folder: Path) -> int:
    """Return the bytes of the folder's disk that are free for this process; blocks."""
    return shutil.disk_usage(folder).free


class DiskSpace:
    """The free space of the disk of a folder, of which `reserve_bytes` are kept free."""

    def __init__(
        self, folder: Path, reserve_bytes: int, free: Callable[[Path], int] = free_bytes
    ) -> None:
        self._folder = folder
        self._reserve_bytes = reserve_bytes
        self._free = free

    def has_room(self, more_bytes: int = 0) -> bool:
        """Return whether the reserve is free after `more_bytes` are written; blocks."""
        free = self._free(self._folder)
        DISK_FREE.set(free)
        return free - more_bytes >= self._reserve_bytes

    def require(self, more_bytes: int = 0) -> None:
        """Refuse with 507 if the reserve would not stay free; blocks."""
        if not self.has_room(more_bytes):
            raise disk_full()

    async def is_ready(self) -> bool:
        """Return whether uploads are accepted, for `/readyz`."""
        return await asyncio.to_thread(self.has_room)


def disk_full() -> Refusal:
    return refusal(507, "disk_full", _SENTENCE)


@contextlib.contextmanager
def full_disk_as_refusal() -> Iterator[None]:
    """Raise the refusal of a full disk in place of the error of the system."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise disk_full() from error
        raise
