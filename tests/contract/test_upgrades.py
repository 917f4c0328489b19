"""A PostgreSQL database of an earlier version is migrated to the current schema with all rows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.orm import Session

from shared.database import migrate, open_database
from shared.database.base import Database
from shared.database.schema import Base
from shared.maintenance import audit
from tests.support import upgrades


@pytest.fixture(params=upgrades.VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def database(postgres_url: str, version: str) -> AsyncIterator[Database]:
    """Yield the upgraded database of a version; drop all tables before and after."""
    await _drop_tables(postgres_url)
    await _execute(postgres_url, upgrades.sql(version))
    assert await asyncio.to_thread(migrate.upgrade, postgres_url) is _is_older(version)
    opened = open_database(postgres_url)
    yield opened
    await opened.close()
    await _drop_tables(postgres_url)


async def test_every_row_is_kept_and_verified(database: Database, version: str) -> None:
    expected = upgrades.expected(version)
    documents = await database.read(upgrades.documents, expected["documents"])
    assert documents == expected["documents"]
    assert await database.read(upgrades.rows, list(expected["rows"])) == expected["rows"]
    assert await database.read(audit.broken_rows) == []
    assert await database.read(audit.stuck_documents) == []


async def test_the_schema_equals_that_of_the_code(database: Database) -> None:
    def differences(session: Session) -> list[object]:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))

    assert await database.read(differences) == []


def _is_older(version: str) -> bool:
    return bool(upgrades.expected(version)["schema"] != migrate.HEAD)


async def _drop_tables(url: str) -> None:
    names = [*Base.metadata.tables, "alembic_version"]
    await _execute(url, f"DROP TABLE IF EXISTS {', '.join(names)} CASCADE")


async def _execute(url: str, statements: str) -> None:
    """Execute SQL on a separate connection, because a dump changes the search path."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()
