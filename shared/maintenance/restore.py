"""`quire restore`: makes a data folder from a backup, and lets its unfinished work continue."""

from __future__ import annotations

import contextlib
from pathlib import Path

from shared.bus.base import Bus
from shared.database.base import Database
from shared.database.sqlite_copy import read_copy
from shared.domain.errors import BackupError, SettingsError
from shared.ledger import lifecycle, tasks
from shared.maintenance import audit, files
from shared.maintenance.backup import BLOBS, DATABASE, sqlite_file
from shared.repositories import events
from shared.settings import Settings
from shared.vectors.local import folder_lock
from shared.worker.sweeper import Sweeper


def require_empty(settings: Settings) -> None:
    """Check that a data folder can be made.

    BackupError: there is data already. SettingsError: a server uses it, or it is on a server.
    """
    data = settings.data_dir.resolve()
    if sqlite_file(settings) != data / DATABASE:
        raise SettingsError(
            "A backup is restored into one folder, but the database is set to another place."
            " Remove QUIRE_DATABASE_URL, or set QUIRE_DATA_DIR to the folder of the database."
        )
    if data.is_dir() and any(data.iterdir()):
        if (data / "vectors" / folder_lock.FILE_NAME).exists():
            folder_lock.FolderLock(data / "vectors").release()
        raise BackupError(
            f"The data folder {data} is not empty. Move it away, or set QUIRE_DATA_DIR to another."
        )


def unpack(backup: Path, folder: Path) -> None:
    """Copy the database and the blobs of a checked backup to a new data folder."""
    files.copy(backup / DATABASE, folder / DATABASE)
    with read_copy(folder / DATABASE) as session:
        wanted = audit.blob_keys(session)
    for key in wanted:
        with contextlib.suppress(FileNotFoundError):  # One of the manifest's faults.
            files.link_or_copy(backup / BLOBS / key, folder / BLOBS / key)


async def resume(database: Database, bus: Bus, *, dead_owner: str) -> None:
    """Renew the deadlines of unfinished tasks, release their leases, and start another history.

    The deadlines passed while the backup was kept. The events after the backup are not known, so
    their numbers must not be taken again in the same history.
    """
    await database.transact(events.start_history)
    await database.transact(tasks.renew_deadlines, deadline_s=lifecycle.TASK_DEADLINE_S)
    await Sweeper(database, bus).take_over(dead_owner)
