"""Brings a database to the current schema. Safe to call from several processes at once."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.engine import URL, make_url

HEAD = "0001"
SCRIPTS = Path(__file__).resolve().parent / "migrations"


def upgrade(url: str | URL) -> bool:
    """Upgrade the database behind `url` to `HEAD`, blocking. False: it was there already."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    if parsed.get_backend_name() == "postgresql":
        return _upgrade_postgresql(parsed)
    engine = create_engine(parsed)
    try:
        with engine.begin() as connection:
            return upgrade_connection(connection)
    finally:
        engine.dispose()


def upgrade_connection(connection: Connection) -> bool:
    """Upgrade on an open connection inside its transaction."""
    if current(connection) == HEAD:
        return False
    # Imported here: a start that has nothing to upgrade does not pay for it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
    return True


def current(connection: Connection) -> str | None:
    """The schema version the database has; None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade_postgresql(url: URL) -> bool:
    import asyncio

    from sqlalchemy.ext.asyncio import create_async_engine

    async def run() -> bool:
        engine = create_async_engine(url.set(drivername="postgresql+asyncpg"))
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(upgrade_connection)
        finally:
            await engine.dispose()

    return asyncio.run(run())
