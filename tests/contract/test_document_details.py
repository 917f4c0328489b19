"""Title, description, metadata and collection of a document change together, on each database."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.database.base import Database
from shared.domain.errors import Conflict
from shared.domain.events import DocumentChanged
from shared.domain.position import Position
from shared.ledger import lifecycle
from shared.repositories import events
from shared.repositories.events import StoredEvent
from tests.support import ledger as kit

SAME = "a" * 64


async def change(database: Database, document_id: str, **values: Any) -> list[Any]:
    return await database.transact(lifecycle.change_details, document_id, values)


async def last_event(database: Database) -> StoredEvent:
    place = await database.read(events.position)
    found = await database.read(events.after, Position(place.epoch, place.seq - 1), 1)
    assert found
    return found[0]


async def test_the_details_that_are_given_change_and_the_others_stay(database: Database) -> None:
    document_id, _ = await kit.upload(database, title="Old", description="d", metadata_={"a": 1})
    before = await kit.document(database, document_id)
    [changed] = await change(
        database, document_id, title="New", metadata={"year": 2024}, collection="manuals"
    )
    after = await kit.document(database, document_id)
    assert (after.title, after.description, after.collection) == ("New", "d", "manuals")
    assert after.metadata_ == {"year": 2024}
    assert after.updated_at > before.updated_at
    recorded = await last_event(database)
    assert recorded.name == DocumentChanged.name
    assert recorded.data["event_id"] == changed.event_id
    assert recorded.collection == "manuals"


async def test_a_change_to_the_present_values_is_no_event(database: Database) -> None:
    document_id, _ = await kit.upload(database, title="Title", metadata_={"year": 1})
    before = await database.read(events.position)
    assert await change(database, document_id, title="Title", metadata={"year": 1}) == []
    assert await database.read(events.position) == before
    assert len(await change(database, document_id, metadata={"year": True})) == 1
    assert (await kit.document(database, document_id)).metadata_ == {"year": True}


async def test_a_document_does_not_move_to_a_collection_that_has_its_file(
    database: Database,
) -> None:
    moving, _ = await kit.upload(database, sha256=SAME, collection="drafts", title="Draft")
    other, _ = await kit.upload(database, sha256=SAME, collection="manuals")
    before = await database.read(events.position)
    with pytest.raises(Conflict, match="already has a document with the same file"):
        await change(database, moving, title="New", collection="manuals")
    assert (await kit.document(database, moving)).title == "Draft"
    assert await database.read(events.position) == before
    await database.transact(lifecycle.request_deletion, other)
    assert len(await change(database, moving, collection="manuals")) == 1


async def test_of_two_documents_that_move_at_once_one_is_refused(database: Database) -> None:
    ids = [(await kit.upload(database, sha256=SAME, collection=name))[0] for name in "ab"]
    ended = await asyncio.gather(
        *(change(database, document_id, collection="c") for document_id in ids),
        return_exceptions=True,
    )
    assert sorted(isinstance(one, Conflict) for one in ended) == [False, True]


async def test_a_deleted_document_is_not_changed(database: Database) -> None:
    document_id, _ = await kit.upload(database)
    await database.transact(lifecycle.request_deletion, document_id)
    with pytest.raises(Conflict):
        await change(database, document_id, title="New")
    assert (await kit.document(database, document_id)).title == ""
