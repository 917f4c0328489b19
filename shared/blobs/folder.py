"""Blobs below one folder. A file is written under another name, synced, then renamed."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from shared.blobs.base import check_key


class FolderBlobs:
    """`Blobs` below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._incoming = self._root / ".incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)

    def incoming(self) -> Path:
        return self._incoming / uuid.uuid4().hex

    def put(self, key: str, data: bytes) -> None:
        aside = self.incoming()
        aside.write_bytes(data)
        self.put_file(key, aside)

    def put_file(self, key: str, path: Path) -> None:
        target = self._locate(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        sync(path)
        os.replace(path, target)
        sync(target.parent)

    def path(self, key: str) -> Path:
        found = self._locate(key)
        if not found.is_file():
            raise FileNotFoundError(key)
        return found

    def exists(self, key: str) -> bool:
        return self._locate(key).is_file()

    def size(self, key: str) -> int:
        return self._locate(key).stat().st_size

    def remove(self, key: str) -> None:
        self._locate(key).unlink(missing_ok=True)

    def keys(self, prefix: str = "", *, unchanged_s: float = 0.0) -> Iterator[str]:
        latest = time.time() - unchanged_s
        for folder, _, names in os.walk(self._locate(prefix) if prefix else self._root):
            if Path(folder) != self._incoming:
                for name in sorted(names):
                    path = Path(folder) / name
                    if not unchanged_s or path.stat().st_mtime <= latest:
                        yield path.relative_to(self._root).as_posix()

    def sweep_incoming(self, older_than: float) -> int:
        removed = 0
        for path in self._incoming.iterdir():
            if path.stat().st_mtime < older_than:
                path.unlink(missing_ok=True)
                removed += 1
        return removed

    def _locate(self, key: str) -> Path:
        return self._root / check_key(key)


def sync(path: Path) -> None:
    """Write a file, or the names in a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
