"""Interface of a blob store; a key exists only with all of its bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Protocol

_KEY = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")


PAGES = "pages"
"""First part of the keys of drawn pages."""


class Blobs(Protocol):
    """Bytes by key. Blocking. Keys are made by Quire, never by users."""

    def incoming(self) -> Path:
        """Return a new local path to write a file to before `put_file`."""
        ...

    def sweep_incoming(self, older_than: float) -> int:
        """Remove unfinished files last written before `older_than` (seconds since the epoch)."""
        ...

    def put(self, key: str, data: bytes) -> None:
        """Store bytes."""
        ...

    def put_file(self, key: str, path: Path) -> None:
        """Store a finished file that `incoming` named; `path` no longer exists afterwards."""
        ...

    def path(self, key: str) -> Path:
        """Return a local file with the blob's bytes. FileNotFoundError: no such blob."""
        ...

    def exists(self, key: str) -> bool:
        """Return whether there is such a blob."""
        ...

    def size(self, key: str) -> int:
        """Return the blob's length in bytes. FileNotFoundError: no such blob."""
        ...

    def remove(self, key: str) -> None:
        """Remove the blob; a missing one is ignored."""
        ...

    def keys(self, prefix: str = "", *, unchanged_s: float = 0.0) -> Iterator[str]:
        """Iterate keys below a prefix; with `unchanged_s`, only of blobs that many seconds old."""
        ...


def original_key(sha256: str) -> str:
    """Return the key of an uploaded file, made from the hash of its bytes.

    >>> original_key("ab12")
    'originals/ab/ab12'
    """
    return f"originals/{sha256[:2]}/{sha256}"


def picture_prefix(document_id: str) -> str:
    """Return the prefix of the keys of a document's pictures."""
    return f"pictures/{document_id}"


def page_prefix(document_id: str) -> str:
    """Return the prefix of the keys of a document's drawn pages, which can be drawn again."""
    return f"{PAGES}/{document_id}"


def picture_hash(key: str) -> str:
    """Return the beginning of the sha256 of a picture's bytes, which is in its key."""
    return PurePosixPath(key).stem


def check_key(key: str) -> str:
    """Return the key. ValueError: it could lead out of the store."""
    if not _KEY.fullmatch(key):
        raise ValueError("This is not the key of a blob.")
    return key
