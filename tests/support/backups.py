"""A data folder that has every kind of row, and changes to it that backups must cope with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select, text, update
from sqlalchemy.orm import Session

from shared.database import migrate
from shared.database.schema import Base, Chunk, Document, EventHistory, EventRow
from shared.database.sqlite_copy import read_copy
from shared.encoders.build import encoder_name
from shared.encoders.options import options_from
from shared.maintenance import files, manifest
from shared.settings import Settings, sqlite_url
from tests.support import upgrades

VERSION = upgrades.VERSIONS[-1]
_HISTORY = {EventRow.__tablename__, EventHistory.__tablename__}


def data_folder(folder: Path) -> Settings:
    """Return settings over a migrated data folder, made in `folder`, with documents of each kind.

    Its vectors have the name of the present encoder, so that no document is processed again.
    """
    settings = settings_at(upgrades.unpack(VERSION, folder))
    migrate.upgrade(settings.resolved_database_url())
    change(settings.data_dir, set_encoder, encoder_name(options_from(settings)))
    return settings


def set_encoder(session: Session, name: str) -> None:
    session.execute(update(Chunk).where(Chunk.encoder.is_not(None)).values(encoder=name))


def settings_at(data: Path) -> Settings:
    return Settings(_env_file=None, data_dir=data)  # type: ignore[call-arg]


def change(data: Path, function: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """Call `function(session, …)` in one transaction on the database in a folder."""
    engine = create_engine(sqlite_url(data / "quire.db"))
    try:
        with Session(engine) as session, session.begin():
            return function(session, *args, **named)
    finally:
        engine.dispose()


def set_schema(session: Session, version: str) -> None:
    session.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})


def document(session: Session, name: str) -> Document:
    """Return the completed document of this file."""
    same = (Document.file_name == name, Document.status == "completed")
    return session.scalars(select(Document).where(*same)).one()


def rows(data: Path) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of the database in a folder that no process uses, by table.

    Numbered events are left out: a restore starts another history.
    """
    with read_copy(data / "quire.db") as session:
        return {
            table: [
                dict(row)
                for row in session.execute(text(f"SELECT * FROM {table} ORDER BY 1")).mappings()
            ]
            for table in Base.metadata.tables.keys() - _HISTORY
        }


def names(folder: Path) -> list[str]:
    """Return the names in a folder."""
    return sorted(path.name for path in folder.iterdir())


def sign(backup: Path) -> None:
    """Write the manifest again for the changed database of a backup."""
    made = manifest.read(backup)
    signed = made.model_copy(update={"database_sha256": files.digest(backup / "quire.db")})
    (backup / manifest.FILE_NAME).unlink()
    manifest.write(backup, signed)
