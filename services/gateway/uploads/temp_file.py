"""An upload on its way to the disk: written in large pieces, counted and hashed as it comes.

`feed` is called on the event loop and only collects; `flush` and everything after it block and are
called from a thread.
"""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path
from typing import BinaryIO


class TempFile:
    """One file of a form. `size` counts what came; `sha256` is of what was flushed."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.path = path
        self.size = 0
        self.waiting_bytes = 0
        self._waiting: list[bytes] = []
        self._digest = hashlib.sha256()
        self._handle: BinaryIO | None = None
        self._dropped = False
        # A request can be cancelled while a thread still writes for it.
        self._lock = threading.Lock()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def feed(self, data: bytes) -> None:
        self.size += len(data)
        self._waiting.append(data)
        self.waiting_bytes += len(data)

    def flush(self) -> None:
        """Write and hash what has come."""
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
        """Flush the rest; the file can be read by its path now."""
        self.flush()
        with self._lock:
            if self._handle is not None:
                self._handle.close()

    def link(self, target: Path) -> None:
        """Give the file a second name that outlives `drop`."""
        os.link(self.path, target)

    def drop(self) -> None:
        """Leave nothing on the disk, whatever state the file is in."""
        with self._lock:
            self._dropped = True
            if self._handle is not None:
                self._handle.close()
            self.path.unlink(missing_ok=True)


def _write_all(handle: BinaryIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[handle.write(rest) :]
