"""What a migration of a SQLite file leaves on disk when it is killed after a statement.

A killed process leaves its files as they are at that moment: all that it wrote, nothing of what it
only had in memory. So one migration is run, and its files are copied after each statement.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from shared.database import migrate
from shared.settings import sqlite_url


def killed_files(path: Path, folder: Path) -> tuple[int, list[Path]]:
    """Migrate the file at `path`; return the number of statements and the files of kills.

    The files are `folder/N/NAME` with their journals, N the first statement that leaves them so:
    statements of one transaction leave the same.
    """
    left: dict[tuple[tuple[str, bytes], ...], Path] = {}
    numbers = count(1)
    with _after_each_statement(lambda: _keep(path, folder / str(next(numbers)), left)):
        migrate.upgrade(sqlite_url(path))
    return next(numbers) - 1, list(left.values())


def _keep(path: Path, folder: Path, left: dict[tuple[tuple[str, bytes], ...], Path]) -> None:
    # Shared memory of the write-ahead log is made again from the log by whoever opens it next.
    files = [each for each in path.parent.glob(f"{path.name}*") if not each.name.endswith("-shm")]
    state = tuple(sorted((each.name, each.read_bytes()) for each in files))
    if state not in left:
        folder.mkdir()
        for each in files:
            shutil.copy(each, folder)
        left[state] = folder / path.name


@contextmanager
def _after_each_statement(call: Any) -> Iterator[None]:
    def listener(*_: Any) -> None:
        call()

    event.listen(Engine, "after_cursor_execute", listener)
    try:
        yield
    finally:
        event.remove(Engine, "after_cursor_execute", listener)
