"""Computes the SHA-256 of large files, cached by path, size and modification time."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path

from shared.encoders.build_cache import write_atomically

CACHE_FILE = "fingerprints.json"


def fingerprint(path: Path, cache_dir: Path) -> str:
    """Return a file's SHA-256 in hex; a change that keeps size and time is not detected."""
    status = path.stat()
    key = f"{path.resolve()}|{status.st_size}|{status.st_mtime_ns}"
    cache = cache_dir / CACHE_FILE
    known = _read_cache(cache)
    if key in known:
        return known[key]
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    with contextlib.suppress(OSError):  # with a read-only cache folder the hash is computed again
        write_atomically(cache, json.dumps({**_read_cache(cache), key: digest}, indent=0))
    return digest


def _read_cache(cache: Path) -> dict[str, str]:
    try:
        found = json.loads(cache.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
