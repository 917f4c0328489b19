"""Computes the SHA-256 of large files, cached by path, size and modification time."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path

from shared.encoders.build_cache import write_atomically

MEMORY = "fingerprints.json"


def fingerprint(path: Path, cache_dir: Path) -> str:
    """Return a file's SHA-256 in hex; a change that keeps size and time is not detected."""
    status = path.stat()
    key = f"{path.resolve()}|{status.st_size}|{status.st_mtime_ns}"
    memory = cache_dir / MEMORY
    known = _recall(memory)
    if key in known:
        return known[key]
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    with contextlib.suppress(OSError):  # with a read-only cache folder the hash is computed again
        write_atomically(memory, json.dumps({**_recall(memory), key: digest}, indent=0))
    return digest


def _recall(memory: Path) -> dict[str, str]:
    try:
        found = json.loads(memory.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
