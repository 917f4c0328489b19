"""Blobs: bytes by key. A key that exists is complete: written aside, synced, renamed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

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


def original_key(sha256: str) -> str:
    """Where an uploaded file is kept: by its bytes."""
    return f"originals/{sha256[:2]}/{sha256}"


def picture_prefix(document_id: str) -> str:
    """Where the pictures found in a document are kept."""
    return f"pictures/{document_id}"


def check_key(key: str) -> str:
    """The key. ValueError: it could lead elsewhere."""
    if not _KEY.fullmatch(key):
        raise ValueError("not a blob key")
    return key
