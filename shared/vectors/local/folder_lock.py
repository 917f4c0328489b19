"""One process owns a data folder: a second writer would corrupt its index without a word.

The kernel drops the lock with the last process that has it, so a crash leaves nothing to clean up.
Whoever was killed may have left a child that ends its write, for a moment.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import IO

from shared.domain.errors import SettingsError

FILE_NAME = ".lock"
PATIENCE_S = 2.0


class FolderLock:
    """Held from creation until `release`. SettingsError: another process holds it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file: IO[str] = (folder / FILE_NAME).open("a+")
        if not self._taken():
            holder = self._holder()
            self._file.close()
            raise SettingsError(f"Another Quire process{holder} uses this data folder.")
        self._file.seek(0)
        self._file.truncate()
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Let another process have the folder."""
        self._file.close()

    def fileno(self) -> int:
        """What a child inherits to hold the lock as well."""
        return self._file.fileno()

    def _taken(self) -> bool:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except OSError:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(0.02)

    def _holder(self) -> str:
        self._file.seek(0)
        pid = self._file.read(20).strip()
        return f" (pid {pid})" if pid.isdigit() else ""
