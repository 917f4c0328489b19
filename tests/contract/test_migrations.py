"""The migrations end in exactly the schema that the code has."""

from __future__ import annotations

import asyncio

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session

from shared.database import migrate
from shared.database.base import Database
from shared.database.schema import Base


async def test_migrations_and_tables_agree(database: Database) -> None:
    def differences(session: Session) -> list[object]:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))

    assert await database.read(differences) == []


async def test_upgrading_twice_or_at_once_is_harmless(database: Database) -> None:
    again = [asyncio.to_thread(migrate.upgrade, database.url) for _ in range(3)]
    assert await asyncio.gather(*again) == [False, False, False]


def test_head_is_the_newest_script() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.HEAD
