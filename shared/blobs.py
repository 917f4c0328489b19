"""Blobs: bytes by key. A key that exists is complete: written aside, synced, renamed."""

from __future__ import annotations

import os
import re
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from shared.settings import Settings

_KEY = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")


class Blobs(Protocol):
    """Blocking; call from a thread where that matters. Keys are made by Quire, never by users."""

    def incoming(self) -> Path:
        """A fresh local path for a file that is still being written, and then `put_file`."""
        ...

    def sweep_incoming(self, older_than: float) -> int:
        """Remove half-written files last touched before `older_than` (seconds since the epoch)."""
        ...

    def put(self, key: str, data: bytes) -> None: ...

    def put_file(self, key: str, path: Path) -> None:
        """Take over a finished file that `incoming` named; `path` is gone afterwards."""
        ...

    def path(self, key: str) -> Path:
        """A local file with the blob's bytes. FileNotFoundError: no such blob."""
        ...

    def exists(self, key: str) -> bool: ...

    def size(self, key: str) -> int:
        """Bytes of the blob. FileNotFoundError: no such blob."""
        ...

    def remove(self, key: str) -> None:
        """Remove the blob; one that is not there is removed already."""
        ...

    def keys(self, prefix: str = "", *, unchanged_s: float = 0.0) -> Iterator[str]:
        """Keys below a prefix; with `unchanged_s`, only blobs at least that many seconds old."""
        ...


def open_blobs(settings: Settings) -> Blobs:
    """Where the settings keep files. SettingsError: the address is none that Quire can use."""
    if not settings.blobs_url:
        return FolderBlobs(settings.data_dir / "blobs")
    # Only who uses it needs the library.
    from shared.blobs_s3 import ObjectBlobs

    return ObjectBlobs(settings.blobs_url, settings.data_dir / "blobs-cache")


def original_key(sha256: str) -> str:
    """Where an uploaded file is kept: by its bytes."""
    return f"originals/{sha256[:2]}/{sha256}"


def picture_prefix(document_id: str) -> str:
    """Where the pictures found in a document are kept."""
    return f"pictures/{document_id}"


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
        _sync(path)
        os.replace(path, target)
        _sync(target.parent)

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


def check_key(key: str) -> str:
    """The key. ValueError: it could lead elsewhere."""
    if not _KEY.fullmatch(key):
        raise ValueError("not a blob key")
    return key


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
