"""`transact` and `read` behave the same on every database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.database import migrate, open_database
from shared.database.base import Database
from shared.domain.errors import AlreadyStored
from shared.repositories import documents
from shared.settings import Settings
from tests.support import ledger as kit


async def test_a_transaction_returns_its_result_and_commits_its_writes(database: Database) -> None:
    document = kit.new_document("b.pdf")
    document_id = document.document_id
    assert (await database.transact(documents.create, document)).file_name == "b.pdf"
    assert (await kit.document(database, document_id)).file_name == "b.pdf"


async def test_a_failed_transaction_writes_nothing(database: Database) -> None:
    document = kit.new_document()
    document_id = document.document_id

    def write_and_fail(session: Session) -> None:
        documents.create(session, document)
        raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        await database.transact(write_and_fail)
    assert await database.read(documents.get, document_id) is None


async def test_a_version_changes_with_commits_only(database: Database) -> None:
    before = database.version()
    await database.read(documents.get, "none")
    assert database.version() == before
    await database.transact(documents.create, kit.new_document())
    if database.url.get_backend_name() == "sqlite":
        assert database.version() != before
    else:
        assert database.version() is None


async def test_a_failed_transaction_does_not_affect_concurrent_ones(database: Database) -> None:
    good = [kit.new_document() for _ in range(6)]
    ids = [document.document_id for document in good]
    twin = kit.new_document(sha256=good[0].sha256)
    twin_id = twin.document_id
    results = await asyncio.gather(
        *(database.transact(documents.create, document) for document in [*good[:3], twin]),
        *(database.transact(documents.create, document) for document in good[3:]),
        return_exceptions=True,
    )
    assert [type(result) for result in results].count(AlreadyStored) == 1
    # Either of the two documents with the same file may be stored.
    stored = [await database.read(documents.get, id_) for id_ in [*ids, twin_id]]
    assert len(list(filter(None, stored))) == len(ids)
    assert all(stored[1:-1])


async def test_cancelled_transactions_do_not_block_others(database: Database) -> None:
    def slow(session: Session) -> None:
        session.execute(text("SELECT 1"))

    waiting = [asyncio.ensure_future(database.transact(slow)) for _ in range(20)]
    for task in waiting[::2]:
        task.cancel()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert results[1::2] == [None] * 10
    assert (await database.transact(documents.count)) == 0


def test_an_unsupported_database_is_refused_with_a_message() -> None:
    with pytest.raises(ValueError, match="PostgreSQL and SQLite"):
        open_database("mysql://nowhere/quire")


@pytest.mark.parametrize("name", ["50%25", "what?", "a#b", "prüfung 1", "x;y&z=1"])
async def test_the_database_of_a_data_folder_is_inside_it_whatever_its_name(
    tmp_path: Path, name: str
) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / name)
    settings.data_dir.mkdir()
    await asyncio.to_thread(migrate.upgrade, settings.resolved_database_url())
    opened = open_database(settings.resolved_database_url())
    await opened.transact(documents.create, kit.new_document())
    await opened.close()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (settings.data_dir / "quire.db").stat().st_size > 0


async def test_the_first_connections_to_a_new_file_do_not_refuse_one_another(
    tmp_path: Path,
) -> None:
    def ask(session: Session) -> int:
        return session.execute(text("SELECT 1")).scalar_one()

    for at in range(100):
        opened = open_database(f"sqlite:///{tmp_path / str(at)}.db")
        answers = await asyncio.gather(opened.read(ask), opened.transact(ask), opened.read(ask))
        await opened.close()
        assert set(answers) == {1}
