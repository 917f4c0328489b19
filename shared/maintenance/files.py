"""Copies files so that they survive a crash, and compares their bytes with a hash."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from pathlib import Path

from shared.blobs.folder import sync


def digest(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def fault(path: Path, sha256: str) -> str:
    """Return "missing", "changed" or "" for a file whose sha256 must begin with `sha256`."""
    try:
        return "" if digest(path).startswith(sha256) else "changed"
    except FileNotFoundError:
        return "missing"


def copy(source: Path, target: Path) -> None:
    """Copy a file and write it to the disk. FileNotFoundError: `source` does not exist."""
    shutil.copyfile(source, target)
    sync(target)


def link_or_copy(source: Path, target: Path) -> None:
    """Hard-link an immutable file, or copy it if linking is impossible.

    FileNotFoundError: `source` does not exist.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:  # Another file system, one without links, or a file of another user.
        copy(source, target)


def sync_folder(folder: Path) -> None:
    """Write the names in a folder to the disk, where its file system can do that."""
    try:
        sync(folder)
    except OSError as error:
        # Network and FAT file systems report this; they need no sync of folders.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise


def sync_folders(root: Path) -> None:
    """Write the names in a folder and in all folders below it to the disk."""
    for folder, _, _ in os.walk(root, topdown=False):
        sync_folder(Path(folder))
