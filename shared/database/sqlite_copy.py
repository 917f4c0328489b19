"""Copies a SQLite file that other processes use, and reads a copy without changing a byte."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import sqlalchemy.exc
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from shared.domain.errors import BackupError
from shared.settings import sqlite_url

# Seconds; only a migration blocks readers, and only briefly.
_LOCK_TIMEOUT_S = 30


def copy_sqlite(source: Path, target: Path) -> None:
    """Write the state of one moment of `source` to the new file `target`. Not synced to the disk.

    It is read in one transaction, which in WAL mode neither waits for writers nor delays them.
    `VACUUM INTO` is used and not the backup API, because it leaves out what deleted rows left in
    the file, and because its result is one file without a log beside it.

    BackupError: the database can't be read, or the copy can't be written.
    """
    engine = create_engine(
        sqlite_url(source),
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": _LOCK_TIMEOUT_S},
    )
    try:
        with engine.connect() as connection:
            connection.execute(text("VACUUM INTO :target"), {"target": str(target)})
    except sqlalchemy.exc.DatabaseError as error:
        raise BackupError(f"The database {source} can't be copied: {error.orig}.") from error
    finally:
        engine.dispose()


@contextlib.contextmanager
def read_copy(path: Path) -> Iterator[Session]:
    """Yield a session on a file that no process writes. BackupError: it is damaged.

    No lock is taken and no file is made beside it, so it may be on a read-only disk.
    """
    options = {"mode": "ro", "immutable": "1", "uri": "true"}
    engine = create_engine(URL.create("sqlite", database=f"file:{quote(str(path))}", query=options))
    try:
        with Session(engine) as session:
            yield session
    except sqlalchemy.exc.DatabaseError as error:
        raise BackupError(f"The database {path} is damaged: {error.orig}.") from error
    finally:
        engine.dispose()


def check_pages(session: Session) -> None:
    """Check the structure of the file; BackupError says the first fault."""
    first = session.execute(text("PRAGMA integrity_check(1)")).scalar_one()
    if first != "ok":
        raise BackupError(f"The copy of the database is damaged: {first}.")
