"""Makes a folder that appears under its name only when it is complete.

It is filled beside its place and renamed. A lock file, released by the kernel at process exit,
distinguishes a folder in progress from a leftover.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from shared.domain.errors import BackupError
from shared.maintenance import files

_LOCK = re.compile(r".+\.quire-partial-[0-9a-f]{8}\.lock")


@contextlib.contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Yield a folder to fill, which becomes `target` at the end; after an error it is removed.

    BackupError: `target` is not empty or is a mount point, or a file can't be written.
    """
    target = target.resolve()
    _check_free(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(target.parent)
        with _beside(target) as folder:
            yield folder
            files.sync_folders(folder)
            os.rename(folder, target)
            files.sync_folder(target.parent)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise BackupError(f"{target} can't be made: {error.strerror or error}{where}.") from error


def remove_leftovers(parent: Path) -> None:
    """Remove the folders in `parent` that killed processes were filling."""
    for lock in parent.iterdir():
        if not _LOCK.fullmatch(lock.name):
            continue
        with contextlib.suppress(OSError), lock.open("r+") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The killed process's index process may still write here. The lock file stays then, so
            # the next call removes the rest.
            shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
            if not lock.with_suffix("").exists():
                lock.unlink()


def _check_free(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BackupError(f"{target} exists already and is not empty. Name a new folder.")
    if os.path.ismount(target):
        raise BackupError(
            f"{target} is a mount point, which can't be replaced. Name a new folder below it."
        )


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    folder = target.with_name(f"{target.name}.quire-partial-{secrets.token_hex(4)}")
    lock = folder.with_name(f"{folder.name}.lock")
    with lock.open("x") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        try:
            folder.mkdir()
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            # Missing if another run took it for a leftover before it was locked here.
            lock.unlink(missing_ok=True)
