"""A lock that gives a data folder to one process: a second writer would corrupt the index.

The kernel releases the lock when the last process that holds it ends, so a crash needs no clean-up.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import IO

from shared.domain.errors import SettingsError

FILE_NAME = ".lock"
# The index process of a killed server holds the lock until its write in progress is done.
WAIT_S = 2.0
_RETRY_S = 0.02


class FolderLock:
    """Held from creation until `release`. SettingsError: another process holds it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file: IO[str] = (folder / FILE_NAME).open("a+")
        if not self._acquire():
            holder = self._holder()
            self._file.close()
            raise SettingsError(
                f"Another Quire process{holder} uses this data folder."
                " Stop it, or set QUIRE_DATA_DIR to another folder."
            )
        self._file.seek(0)
        self._file.truncate()
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Release the folder to other processes."""
        self._file.close()

    def fileno(self) -> int:
        """Return the descriptor by which a child process holds the lock too."""
        return self._file.fileno()

    def _acquire(self) -> bool:
        deadline = time.monotonic() + WAIT_S
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except OSError:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(_RETRY_S)

    def _holder(self) -> str:
        self._file.seek(0)
        pid = self._file.read(20).strip()
        return f" (pid {pid})" if pid.isdigit() else ""
