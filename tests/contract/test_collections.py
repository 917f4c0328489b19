"""Collections are counted, held and removed, on each database."""

from __future__ import annotations

import asyncio
import threading
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.database import open_database
from shared.database.base import Database
from shared.database.schema import CollectionRow, Document
from shared.repositories import collections
from shared.repositories.collections import Tally


def _add(session: Session, collection: str, status: str, size: int) -> None:
    document_id = str(uuid.uuid4())
    failed = {"error_code": "corrupt", "error_stage": "extract", "error_message": "It is damaged."}
    session.add(
        Document(
            document_id=document_id,
            collection=collection,
            sha256=document_id.replace("-", "") * 2,
            status=status,
            file_size=size,
            **(failed if status == "failed" else {}),
        )
    )
    session.flush()


async def test_a_tally_counts_the_undeleted_documents_by_state(database: Database) -> None:
    def fill(session: Session) -> dict[str, Tally]:
        for status, size in (("completed", 2), ("completed", 3), ("failed", 4), ("gone", 5)):
            _add(session, "lab", status, size)
        _add(session, "other", "pending", 2**40)
        return collections.tallies(session, ["lab", "none"])

    found = await database.transact(fill)
    assert found == {"lab": Tally({"completed": 2, "failed": 1}, 9), "none": Tally({}, 0)}
    assert type(found["lab"].size) is int


async def test_a_collection_that_gets_a_document_is_not_removed_before_that_ends(
    database: Database,
) -> None:
    """The removal sees the document of the transaction that held the collection first."""
    held, go_on = threading.Event(), threading.Event()
    await database.transact(collections.ensure, "lab")

    def add(session: Session) -> None:
        collections.hold(session, "lab")
        held.set()
        assert go_on.wait(30)
        _add(session, "lab", "completed", 1)

    def remove(session: Session) -> int:
        collections.lock(session, "lab")
        return collections.count_documents(session, "lab")

    async def add_elsewhere() -> None:
        other = open_database(database.url)
        await other.transact(add)
        await other.close()

    # In a loop of its own, because a transaction on PostgreSQL runs in that of its caller.
    adding = asyncio.create_task(asyncio.to_thread(asyncio.run, add_elsewhere()))
    assert await asyncio.to_thread(held.wait, 30)
    removing = asyncio.create_task(database.transact(remove))
    done, _ = await asyncio.wait({removing}, timeout=0.3)
    assert not done
    go_on.set()
    await adding
    assert await removing == 1


async def test_a_removed_collection_is_stored_again_by_who_adds_to_it(database: Database) -> None:
    def names(session: Session) -> list[str]:
        return list(session.scalars(select(CollectionRow.name)))

    await database.transact(collections.hold, "lab")
    await database.transact(collections.remove, "lab")
    assert "lab" not in await database.read(names)
    await database.transact(collections.hold, "lab")
    assert "lab" in await database.read(names)
