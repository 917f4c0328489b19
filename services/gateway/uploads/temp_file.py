"""A temporary file of an upload: counted, hashed and written in large pieces as it arrives.

`feed` only collects data and is called on the event loop; all other methods block and are called in
a thread.
"""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path
from typing import BinaryIO


class TempFile:
    """One file of a form; `size` counts the bytes fed, `sha256` is that of the bytes flushed."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.path = path
        self.size = 0
        self.waiting_bytes = 0
        self._waiting: list[bytes] = []
        self._digest = hashlib.sha256()
        self._handle: BinaryIO | None = None
        self._dropped = False
        # A request can be cancelled while a thread is writing its file.
        self._lock = threading.Lock()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def feed(self, data: bytes) -> None:
        self.size += len(data)
        self._waiting.append(data)
        self.waiting_bytes += len(data)

    def flush(self) -> None:
        """Write and hash the data fed since the last flush."""
        with self._lock:
            pieces, self._waiting, self.waiting_bytes = self._waiting, [], 0
            if self._dropped:
                return
            if self._handle is None:
                self._handle = self.path.open("xb", buffering=0)
            data = b"".join(pieces)
            self._digest.update(data)
            _write_all(self._handle, data)

    def close(self) -> None:
        """Flush and close the file, so that it can be read by its path."""
        self.flush()
        with self._lock:
            if self._handle is not None:
                self._handle.close()

    def link(self, target: Path) -> None:
        """Give the file a second name, which `drop` does not remove."""
        os.link(self.path, target)

    def drop(self) -> None:
        """Close and remove the file in any state; later flushes write nothing."""
        with self._lock:
            self._dropped = True
            if self._handle is not None:
                self._handle.close()
            self.path.unlink(missing_ok=True)


def _write_all(handle: BinaryIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[handle.write(rest) :]
