"""The fixture `database` runs a contract test on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.database import migrate, open_database
from shared.database.base import Database
from shared.settings import sqlite_url
from tests.support.reset import empty_tables


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite file at the current schema, to copy."""
    path = tmp_path_factory.mktemp("migrated") / "quire.db"
    migrate.upgrade(sqlite_url(path))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Yield an empty database of each kind, at the current schema."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("migrated"), tmp_path)
        opened = open_database(sqlite_url(Path(path)))
    else:
        url = request.getfixturevalue("postgres_url")
        await asyncio.to_thread(migrate.upgrade, url)
        opened = open_database(url)
        await opened.transact(empty_tables)
    yield opened
    await opened.close()
