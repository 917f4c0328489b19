"""Brings a database to the current schema. Safe to call from several processes at once.

All scripts run in one transaction, so a process that is killed leaves the schema it found.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Connection, MetaData, create_engine, event, inspect, text
from sqlalchemy.engine import URL, Engine, make_url

from shared.database.schema import Base
from shared.domain.errors import SettingsError

if TYPE_CHECKING:
    from alembic.config import Config

T = TypeVar("T")
HEAD = "0012"
SCRIPTS = Path(__file__).resolve().parent / "migrations"
VERSION_TABLE = "alembic_version"
# Seconds to wait for another process that migrates; a large database takes minutes.
_LOCK_TIMEOUT_S = 300
# Key of the advisory lock; unique within the database.
_LOCK_KEY = 7_241_119_003


def upgrade(url: str | URL) -> bool:
    """Upgrade the database at `url` to `HEAD`, blocking; return False if it already was.

    SettingsError: the database belongs to a newer version or to another program.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return on_postgresql(parsed, upgrade_connection)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = _sqlite_engine(parsed)
    try:
        with engine.begin() as connection:
            return upgrade_connection(connection)
    finally:
        engine.dispose()


def refuse_unknown(url: str | URL) -> None:
    """Refuse the database behind `url` like `upgrade`, blocking; changes nothing.

    SettingsError: the database belongs to a newer version or to another program.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        on_postgresql(parsed, _refuse_unknown)
    elif parsed.database and Path(parsed.database).is_file():
        engine = _read_only_engine(Path(parsed.database))
        try:
            with engine.connect() as connection:
                _refuse_unknown(connection)
        finally:
            engine.dispose()


def upgrade_connection(connection: Connection) -> bool:
    """Upgrade on an open connection inside its transaction; return False if nothing was to do."""
    if current(connection) == HEAD:
        return False
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
    version = current(connection)
    if version == HEAD:
        return False
    if version is None:
        _clear_unversioned(connection)
    else:
        _refuse_unknown(connection)
    # Imported here, because most starts have nothing to upgrade.
    from alembic import command

    command.upgrade(_config(connection), HEAD)
    return True


def current(connection: Connection) -> str | None:
    """Return the schema version of the database, or None for an empty one."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def known_version(connection: Connection) -> str:
    """Return the schema version of the database.

    SettingsError: it has none, or it belongs to a newer version or to another program.
    """
    version = current(connection)
    if version is None:
        raise SettingsError(
            "The database has no schema yet. Start the server once; this creates it."
        )
    _refuse_unknown(connection)
    return version


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    return config


def _refuse_unknown(connection: Connection) -> None:
    version = current(connection)
    if version is None or version == HEAD:
        return
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_config(connection)).walk_revisions()
    if version in {script.revision for script in scripts}:
        return
    if re.fullmatch(r"\d{4}", version):
        raise SettingsError(
            f"This data was written by a newer version of Quire (schema {version}). Install that"
            " version, or restore a backup that this version made."
        )
    raise SettingsError(
        f"This database belongs to another program (its schema version is {version!r}). Set"
        " QUIRE_DATABASE_URL to a database that only Quire uses."
    )


def _clear_unversioned(connection: Connection) -> None:
    """Drop the empty tables that a killed first start of 0.1.0 left in a SQLite file."""
    found = set(inspect(connection).get_table_names()) - {VERSION_TABLE}
    ours = found & Base.metadata.tables.keys()
    if not ours:
        return
    left_by_kill = connection.dialect.name == "sqlite" and found == ours
    tables = MetaData()
    tables.reflect(connection, only=sorted(ours), resolve_fks=False)
    if not left_by_kill or any(
        connection.execute(table.select().limit(1)).first() for table in tables.tables.values()
    ):
        names = ", ".join(sorted(ours))
        raise SettingsError(
            f"The database has no schema version, but already has the tables {names}. Restore a"
            " backup, or set QUIRE_DATABASE_URL or QUIRE_DATA_DIR to another place."
        )
    tables.drop_all(connection)


def _sqlite_engine(url: URL) -> Engine:
    """Return an engine that begins transactions itself.

    The driver would otherwise commit before every CREATE and DROP.
    """
    options = {"isolation_level": None, "timeout": _LOCK_TIMEOUT_S}
    engine = create_engine(url, connect_args=options)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _read_only_engine(path: Path) -> Engine:
    """Return an engine that reads a SQLite file without creating `-wal` or `-shm` files.

    If a killed process left a `-wal` file, it is read too, and a `-shm` file is made.
    """
    unlogged = not path.with_name(f"{path.name}-wal").exists()
    query = {"uri": "true", "mode": "ro", **({"immutable": "1"} if unlogged else {})}
    return create_engine(URL.create("sqlite", database=path.resolve().as_uri(), query=query))


def on_postgresql(url: str | URL, fn: Callable[[Connection], T]) -> T:
    """Run `fn` on a connection to PostgreSQL, in one transaction, blocking."""
    import asyncio

    from sqlalchemy.ext.asyncio import create_async_engine

    async def run() -> T:
        engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(fn)
        finally:
            await engine.dispose()

    return asyncio.run(run())
