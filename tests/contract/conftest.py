"""The fixture `database` runs a contract test on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.database import migrate, open_database
from shared.database.base import Database, sqlite_url
from tests.support.reset import empty_tables


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Yield an empty database of each kind, at the current schema."""
    if request.param == "sqlite":
        url = sqlite_url(tmp_path / "quire.db")
    else:
        url = request.getfixturevalue("postgres_url")
    await asyncio.to_thread(migrate.upgrade, url)
    opened = open_database(url)
    if request.param == "postgresql":
        await opened.transact(empty_tables)
    yield opened
    await opened.close()
