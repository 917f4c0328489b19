"""Compares the bytes of files with a hash."""

from __future__ import annotations

import hashlib
from pathlib import Path


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
