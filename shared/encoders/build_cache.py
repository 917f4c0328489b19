"""Builds a folder atomically: it is complete or absent, even after a kill or concurrent builds."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path


def build_once(root: Path, key: str, build: Callable[[Path], None]) -> Path:
    """Return the folder `root/key`; `build` fills it in a temporary folder if it is missing.

    Of several processes that build the same key at once, the first to finish wins.
    """
    target = root / key
    if target.is_dir():
        return target
    root.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{key}-", dir=root))
    try:
        build(draft)
        _sync_files(draft)
        draft.chmod(0o755)  # one user may build what another one runs
        with contextlib.suppress(OSError):  # not empty: another process was faster
            draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    if not target.is_dir():
        raise OSError(f"could not move the finished files to {target}")
    return target


def write_atomically(path: Path, text: str) -> None:
    """Replace a small text file; a reader sees either the old content or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(draft, 0o644)
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise


def _sync_files(folder: Path) -> None:
    for path in (each for each in folder.rglob("*") if each.is_file()):
        with path.open("rb") as file:
            os.fsync(file.fileno())
