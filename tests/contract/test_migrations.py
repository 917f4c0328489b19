"""Migrations end in the schema of the code, survive a kill, and refuse unknown schemas."""

from __future__ import annotations

import asyncio
import multiprocessing
import sqlite3
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, text
from sqlalchemy.orm import Session

from shared.database import migrate, open_database
from shared.database.base import Database
from shared.database.schema import Base
from shared.domain.errors import SettingsError
from shared.settings import sqlite_url
from tests.support import ledger as kit
from tests.support import upgrades
from tests.support.killed_migrations import killed_files

EMPTY = "empty"


def differences(session: Session) -> list[object]:
    """Return the differences between the tables of the database and of the code."""
    context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
    return list(compare_metadata(context, Base.metadata))


async def test_migrations_make_the_tables_of_the_code(database: Database) -> None:
    assert await database.read(differences) == []


async def test_an_absent_database_and_the_current_schema_are_accepted(
    database: Database, tmp_path: Path
) -> None:
    await asyncio.to_thread(migrate.refuse_unknown, database.url)
    absent = tmp_path / "absent" / "quire.db"
    migrate.refuse_unknown(sqlite_url(absent))
    assert not absent.parent.exists()


async def test_upgrading_again_changes_nothing(database: Database) -> None:
    again = [asyncio.to_thread(migrate.upgrade, database.url) for _ in range(3)]
    assert await asyncio.gather(*again) == [False, False, False]


def test_head_is_the_newest_script() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.HEAD


def test_only_one_of_several_concurrent_starts_migrates(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "quire.db")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["alembic.command", migrate.__name__])
    with ProcessPoolExecutor(4, mp_context=context) as pool:
        assert sorted(pool.map(migrate.upgrade, [url] * 4)) == [False, False, False, True]


@pytest.fixture(params=[EMPTY, *upgrades.VERSIONS])
def template(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return the database file of a version, or the name of none."""
    if request.param != EMPTY:
        upgrades.unpack(request.param, tmp_path)
    return tmp_path / "data" / "quire.db"


async def test_a_kill_after_any_statement_leaves_a_file_that_migrates(
    template: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "killed"
    folder.mkdir()
    template.parent.mkdir(exist_ok=True)
    statements, killed = await asyncio.to_thread(killed_files, template, folder)
    assert statements > 50
    database = open_database(sqlite_url(template))
    assert await database.read(differences) == []
    await database.close()
    for path in killed:
        await asyncio.to_thread(migrate.upgrade, sqlite_url(path))
        assert schema(path) == schema(template), path
        database = open_database(sqlite_url(path))
        try:
            document_id, _ = await kit.upload(database)
            assert (await kit.document(database, document_id)).status == "pending"
        finally:
            await database.close()


def test_tables_that_a_killed_first_start_of_0_1_0_left_are_made_again(tmp_path: Path) -> None:
    path = tmp_path / "quire.db"
    execute(path, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    execute(path, "CREATE TABLE blob_removals (blob_key TEXT NOT NULL)")
    assert migrate.upgrade(sqlite_url(path))
    assert not migrate.upgrade(sqlite_url(path))


def test_rows_without_a_schema_version_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "quire.db"
    execute(path, "CREATE TABLE documents (title TEXT)")
    execute(path, "INSERT INTO documents VALUES ('kept')")
    with pytest.raises(SettingsError, match="no schema version"):
        migrate.upgrade(sqlite_url(path))
    assert execute(path, "SELECT title FROM documents") == [("kept",)]


def test_tables_of_another_program_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "quire.db"
    execute(path, "CREATE TABLE documents (title TEXT)")
    execute(path, "CREATE TABLE invoices (title TEXT)")
    with pytest.raises(SettingsError, match="no schema version"):
        migrate.upgrade(sqlite_url(path))
    assert execute(path, "SELECT count(*) FROM documents") == [(0,)]


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        ("9999", "written by a newer version of Quire \\(schema 9999\\)"),
        ("4c0ffee", "another program"),
    ],
)
@pytest.mark.parametrize("opening", [migrate.upgrade, migrate.refuse_unknown])
async def test_a_schema_that_this_version_does_not_know_is_refused(
    database: Database, version: str, sentence: str, opening: Callable[[URL], object]
) -> None:
    await database.transact(set_version, version)
    try:
        with pytest.raises(SettingsError, match=sentence):
            await asyncio.to_thread(opening, database.url)
        assert await database.read(lambda session: migrate.current(session.connection())) == version
    finally:
        await database.transact(set_version, migrate.HEAD)


def set_version(session: Session, version: str) -> None:
    session.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})


def schema(path: Path) -> list[tuple[object, ...]]:
    """Return the statements that make the tables and indexes of a file."""
    return execute(path, "SELECT name, sql FROM sqlite_master ORDER BY name")


def execute(path: Path, statement: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        return connection.execute(statement).fetchall()
