"""Kills the migration of a SQLite file after each of its statements, one copy of the file per kill.

Run as `python -m tests.support.killed_migrations TEMPLATE FOLDER`: copies TEMPLATE to FOLDER/N.db
(no copy if it is absent), migrates the copy in a forked child, and sends that child SIGKILL after
its statement N; ends at the first N that the migration does not reach.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from itertools import count
from pathlib import Path
from typing import Any

from alembic import command  # noqa: F401  imported once, before the forks
from sqlalchemy import Engine, event

from shared.database import migrate
from shared.settings import sqlite_url


def main(template: Path, folder: Path) -> None:
    """Leave one killed file per statement in `folder`."""
    for number in count(1):
        path = folder / f"{number}.db"
        if template.is_file():
            shutil.copy(template, path)
        if _migrate_in_child(path, kill_after=number) == 0:
            path.unlink()
            return


def _migrate_in_child(path: Path, *, kill_after: int) -> int:
    """Return the wait status of the child: 0 if it was not killed."""
    if child := os.fork():
        return os.waitpid(child, 0)[1]
    done = count(1)

    def kill_at_last(*_: Any) -> None:
        if next(done) == kill_after:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "after_cursor_execute", kill_at_last)
    migrate.upgrade(sqlite_url(path))
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
