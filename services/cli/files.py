"""Finds the files that `quire ingest` sends, with the reason for each that it skips."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shared.domain.file_types import FILE_TYPES

READABLE = tuple(ending for kind in FILE_TYPES for ending in kind.endings)


@dataclass
class FoundFiles:
    """`skipped` maps a path to the reason; `hidden` counts hidden files and folders."""

    readable: list[Path] = field(default_factory=list)
    skipped: dict[Path, str] = field(default_factory=dict)
    hidden: int = 0


def find_files(paths: Sequence[Path], *, recursive: bool = True) -> FoundFiles:
    """Return the named files, whatever their type, and the readable files of named folders."""
    readable: dict[Path, None] = {}
    found = FoundFiles()
    for path in paths:
        if path.is_dir():
            readable |= dict.fromkeys(_scan(path, recursive, found))
        else:
            readable[path] = None
    found.readable = list(readable)
    found.skipped = {path: why for path, why in found.skipped.items() if path not in readable}
    return found


def _scan(folder: Path, recursive: bool, found: FoundFiles) -> list[Path]:
    """Return the readable files of a folder, sorted; add skipped and hidden ones to `found`."""

    def unreadable(error: OSError) -> None:
        found.skipped[Path(error.filename)] = f"The folder can't be read: {error.strerror}."

    readable = []
    for place, folders, names in os.walk(folder, onerror=unreadable):
        found.hidden += sum(name.startswith(".") for name in (*folders, *names))
        visible = sorted(name for name in folders if not name.startswith("."))
        folders[:] = visible if recursive else []
        for name in folders:
            if (link := Path(place, name)).is_symlink():
                found.skipped[link] = "Links to folders are not followed."
        for name in sorted(name for name in names if not name.startswith(".")):
            path = Path(place, name)
            if reason := _why_skipped(path):
                found.skipped[path] = reason
            else:
                readable.append(path)
    return sorted(readable)


def _why_skipped(path: Path) -> str:
    """Return why a file of a folder is not sent; empty if it is."""
    if not path.is_file():
        return "Not a regular file, or a broken link."
    if path.suffix.lower() in READABLE:
        return ""
    if not path.suffix:
        return "Files without an extension are not read."
    return f"Files of type {path.suffix.lower()} are not read."
