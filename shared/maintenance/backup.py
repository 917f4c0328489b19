"""`quire backup`: copies the database and blobs of a data folder that a server may be using.

A backup has the layout of a data folder without its index, which is rebuilt from the database:
`quire.db`, `blobs/`, and a manifest. The database is copied before the blobs. A blob is stored
before its document and removed after it, so only a document that is deleted during the backup can
lack its blob; the database is then copied again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy.engine import make_url

from shared.blobs.base import check_key
from shared.blobs.folder import sync
from shared.database.migrate import known_version
from shared.database.schema import Chunk, Document, ProcessingTask, QueryLog
from shared.database.sqlite_copy import check_pages, copy_sqlite, read_copy
from shared.domain.errors import BackupError, SettingsError
from shared.domain.status import UNDELETED
from shared.maintenance import audit, files, manifest
from shared.maintenance.manifest import Manifest
from shared.maintenance.new_folder import new_folder
from shared.settings import Settings

DATABASE = "quire.db"
BLOBS = "blobs"
# Attempts to copy the database. Copied blobs are kept, so two suffice unless documents are deleted
# continuously.
_ATTEMPTS = 5


def make(settings: Settings, target: Path) -> Manifest:
    """Make a backup in a new folder and check it.

    The manifest's `faults` are files that the data folder itself lacks or has with other bytes.
    BackupError: it can't be made; nothing is left. SettingsError: the data is on a server.
    """
    data = settings.data_dir.resolve()
    database = sqlite_file(settings)
    if not database.is_file():
        raise BackupError(f"There is nothing to back up: {database} does not exist.")
    if target.resolve().is_relative_to(data):
        raise BackupError(f"{target} is in the data folder. Name a folder outside of it.")
    with new_folder(target) as folder:
        created_at = _copy(database, data / BLOBS, folder)
        made = _describe(folder, created_at)
        manifest.write(folder, made)
    return made


def check(folder: Path) -> Manifest:
    """Check a backup and return its manifest.

    BackupError: it is incomplete or was changed. SettingsError: a newer version made it.
    """
    found = manifest.read(folder)
    path = folder / DATABASE
    if files.fault(path, found.database_sha256):
        raise BackupError(f"{path} is missing or was changed since. Use another backup.")
    with read_copy(path) as session:
        known_version(session.connection())
        wanted = audit.blob_keys(session)
    if lost := sorted(set(_faults(folder, wanted)) - set(found.faults)):
        raise BackupError(
            f"{len(lost)} files of {folder} are missing or were changed since, first {lost[0]}."
            " Use another backup."
        )
    return found


def sqlite_file(settings: Settings) -> Path:
    """Return the path of the database. SettingsError: database or blobs are on a server."""
    url = make_url(settings.resolved_database_url())
    if url.get_backend_name() != "sqlite" or settings.blobs_url:
        raise SettingsError(
            "Only a data folder with SQLite and its own files is copied. Copy PostgreSQL with"
            " pg_dump and then the files or the bucket, as docs/operations.md says."
        )
    return Path(url.database or "").resolve()


def _copy(database: Path, blobs: Path, folder: Path) -> datetime:
    """Copy the database and the blobs it needs; return when the copied state was taken."""
    copied, lost = folder / DATABASE, set[str]()
    for _ in range(_ATTEMPTS):
        copied.unlink(missing_ok=True)
        created_at = datetime.now(UTC)
        copy_sqlite(database, copied)
        with read_copy(copied) as session:
            known_version(session.connection())
            wanted = audit.blob_keys(session)
        missing = {key for key in wanted if not _copy_blob(blobs, folder / BLOBS, key)}
        # A file missing in two copies in a row was not deleted in between: the data folder lost it.
        if missing <= lost:
            break
        lost = missing
    else:
        raise BackupError("Documents are deleted faster than they are copied. Try again later.")
    sync(copied)
    _remove_unneeded(folder / BLOBS, wanted)
    return created_at


def _copy_blob(source: Path, target: Path, key: str) -> bool:
    """Copy a blob that is not copied yet; return whether there is one."""
    path = target / check_key(key)
    try:
        if not path.exists():
            files.link_or_copy(source / key, path)
    except FileNotFoundError:
        return False
    return True


def _remove_unneeded(blobs: Path, wanted: dict[str, str]) -> None:
    """Remove the copied files of documents that were deleted before the last database copy."""
    for path in list(blobs.rglob("*")):
        if path.is_file() and path.relative_to(blobs).as_posix() not in wanted:
            path.unlink()


def _describe(folder: Path, created_at: datetime) -> Manifest:
    path = folder / DATABASE
    with read_copy(path) as session:
        check_pages(session)
        wanted = audit.blob_keys(session)
        faults = _faults(folder, wanted)
        copied = [found for key in wanted if (found := folder / BLOBS / key).is_file()]
        return Manifest(
            format=manifest.FORMAT,
            quire=version("quire"),
            schema_version=known_version(session.connection()),
            created_at=created_at,
            documents=audit.count(session, Document, Document.status.in_(UNDELETED)),
            chunks=audit.count(session, Chunk),
            tasks=audit.count(session, ProcessingTask),
            query_logs=audit.count(session, QueryLog),
            blobs=len(copied),
            blob_bytes=sum(found.stat().st_size for found in copied),
            database_bytes=path.stat().st_size,
            database_sha256=files.digest(path),
            faults=faults,
        )


def _faults(folder: Path, wanted: dict[str, str]) -> list[str]:
    return [
        f"{key}: {fault}"
        for key, sha256 in sorted(wanted.items())
        if (fault := files.fault(folder / BLOBS / check_key(key), sha256))
    ]
