"""Blobs in an S3-compatible store, through obstore. Credentials and endpoint: the AWS_* variables.

Readers need files, so blobs that were read stay in a local folder up to `MAX_CACHED_BYTES`. A key
always has the same bytes, so a copy is never out of date.
"""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import obstore
from obstore.store import ObjectStore, from_url

from shared.blobs.base import check_key
from shared.domain.errors import SettingsError

# Four uploads of the largest size that is accepted by default.
MAX_CACHED_BYTES = 8 * 1024**3


class ObjectBlobs:
    """`Blobs` below an address such as `s3://bucket/prefix`; `store` replaces it in tests."""

    def __init__(
        self,
        url: str,
        scratch: Path,
        *,
        store: ObjectStore | None = None,
        max_cached_bytes: int = MAX_CACHED_BYTES,
    ) -> None:
        self._store = store or _open(url)
        self._cached = scratch.resolve() / "copies"
        self._incoming = scratch.resolve() / "incoming"
        self._max_cached_bytes = max_cached_bytes
        for folder in (self._cached, self._incoming):
            folder.mkdir(parents=True, exist_ok=True)

    def incoming(self) -> Path:
        return self._incoming / uuid.uuid4().hex

    def sweep_incoming(self, older_than: float) -> int:
        return _sweep(self._incoming, older_than)

    def put(self, key: str, data: bytes) -> None:
        obstore.put(self._store, check_key(key), data)

    def put_file(self, key: str, path: Path) -> None:
        obstore.put(self._store, check_key(key), path)
        path.unlink()

    def path(self, key: str) -> Path:
        copy = self._cached / check_key(key).replace("/", "_")
        if not copy.is_file():
            self._make_room()
            self._download(key, copy)
        os.utime(copy)
        return copy

    def exists(self, key: str) -> bool:
        with contextlib.suppress(FileNotFoundError):
            self.size(key)
            return True
        return False

    def size(self, key: str) -> int:
        return int(obstore.head(self._store, check_key(key))["size"])

    def remove(self, key: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            obstore.delete(self._store, check_key(key))
        (self._cached / key.replace("/", "_")).unlink(missing_ok=True)

    def keys(self, prefix: str = "", *, unchanged_s: float = 0.0) -> Iterator[str]:
        latest = time.time() - unchanged_s
        for found in obstore.list(self._store, prefix=prefix or None):
            for blob in found:
                if not unchanged_s or blob["last_modified"].timestamp() <= latest:
                    yield blob["path"]

    def _download(self, key: str, target: Path) -> None:
        aside = self.incoming()
        with aside.open("wb") as file:
            for piece in obstore.get(self._store, key).stream(min_chunk_size=1024 * 1024):
                file.write(piece)
        aside.replace(target)

    def _make_room(self) -> None:
        """If copies use too much space, remove those read longest ago until half of it is free."""
        copies = sorted(self._cached.iterdir(), key=lambda path: path.stat().st_mtime)
        total = sum(path.stat().st_size for path in copies)
        if total <= self._max_cached_bytes:
            return
        for path in copies:
            total -= path.stat().st_size
            path.unlink(missing_ok=True)
            if total <= self._max_cached_bytes // 2:
                return


def _open(url: str) -> ObjectStore:
    # Typed loosely, because the options of `from_url` depend on the kind of store.
    open_: Callable[..., ObjectStore] = from_url
    try:
        return open_(url, client_options={"allow_http": True})
    except Exception as error:
        raise SettingsError(f"The address in QUIRE_BLOBS_URL can't be used: {error}.") from None


def _sweep(folder: Path, older_than: float) -> int:
    removed = 0
    for path in folder.iterdir():
        if path.stat().st_mtime < older_than:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
