"""Kills a backup, or the copying of a restore, before each change that it makes to files.

Run as `python -m tests.support.killed_files backup|restore SOURCE FOLDER`: every attempt runs in a
forked child with a parent folder of its own, FOLDER/N, and gets SIGKILL before its N-th change; it
ends after the first N that is not reached.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

from shared.maintenance import backup, restore
from shared.maintenance.new_folder import new_folder
from tests.support.backups import settings_at

CHANGES = {"open", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "sqlite3.connect"}


def main(what: str, source: Path, folder: Path) -> None:
    """Leave what each killed attempt left."""
    work = {"backup": _backup, "restore": _restore}[what]
    # A killed process loses nothing that it wrote, so syncs would only take time.
    with mock.patch("os.fsync"), tempfile.TemporaryDirectory() as warm:
        work(source, Path(warm))  # The first run compiles statements; every child would.
        for number in count(1):
            parent = folder / str(number)
            parent.mkdir(parents=True)
            if _killed(work, source, parent, number) == 0:
                return


def _backup(source: Path, parent: Path) -> None:
    backup.make(settings_at(source), parent / "made")


def _restore(source: Path, parent: Path) -> None:
    with new_folder(parent / "made") as folder:
        restore.unpack(source, folder)


def _killed(work: Callable[[Path, Path], None], source: Path, parent: Path, number: int) -> int:
    """Return the exit status of a child that is killed before its N-th change below `parent`."""
    if child := os.fork():
        return os.waitpid(child, 0)[1]
    changes = count(1)

    def kill_before(event: str, args: tuple[Any, ...]) -> None:
        if event in CHANGES and str(parent) in f"{args[0]} {args[-1]}" and next(changes) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(kill_before)
    work(source, parent)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
