"""A document is completed only when all its chunks are indexed, and fails only with a reason."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.util import await_only

from shared.database.base import Database
from shared.database.schema import Document, ProcessingTask
from shared.domain.errors import Conflict, LeaseLost
from shared.domain.events import (
    ChunksIndexed,
    DocumentFailed,
    DocumentIndexed,
    RevisionSuperseded,
)
from shared.domain.retry import Decision, Failure
from shared.ledger import commit, lifecycle, tasks
from shared.ledger.steps import NewTask, Step, Written
from shared.ledger.writes import EndExtraction, MarkIndexed, SaveChunks
from shared.repositories import chunks, documents, live_chunks
from tests.support import ledger as kit

CRASH = Failure("reader", "parser_crash", "The parser crashed.")


async def test_a_document_completes_when_every_chunk_is_indexed(database: Database) -> None:
    document_id, task_id = await kit.upload(database)
    events = await kit.process(database, task_id)
    assert [type(event) for event in events] == [ChunksIndexed, DocumentIndexed]
    document = await kit.document(database, document_id)
    assert (document.status, document.progress, document.live_revision) == ("completed", 100, 1)
    assert document.processing_time_seconds is not None
    assert document.extracted_chunks == document.indexed_chunks == document.total_chunks == 2


async def test_a_document_without_text_is_completed_empty(database: Database) -> None:
    document_id, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    await kit.commit(database, task, kit.read_step(task, chunks=0))
    document = await kit.document(database, document_id)
    assert (document.status, document.error_code) == ("completed_empty", "no_text")


async def test_unread_pages_are_kept_with_their_reasons_until_the_next_revision(
    database: Database,
) -> None:
    document_id, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    writes = (SaveChunks(kit.chunk_rows(task, 0, 1)), EndExtraction(1, {"no_text": 5}))
    await kit.commit(database, task, Step(writes=writes, opens=[NewTask("index", 0)], last=True))
    assert (await kit.document(database, document_id)).pages_unread == {"no_text": 5}
    await database.transact(lifecycle.restart, document_id)
    assert (await kit.document(database, document_id)).pages_unread is None


async def test_of_batches_that_end_together_one_completes_the_document(
    database: Database,
) -> None:
    document_id, task_id = await kit.upload(database)
    reading = await kit.must_claim(database, task_id)
    rows = [*kit.chunk_rows(reading, 0, 2), *kit.chunk_rows(reading, 1, 2, first=2)]
    step = Step(
        writes=[SaveChunks(rows), EndExtraction(4)],
        opens=[NewTask("index", 0), NewTask("index", 1)],
        last=True,
    )
    events = await kit.commit(database, reading, step)
    held = [await kit.must_claim(database, id_) for id_ in kit.task_ids(events)]
    steps = [
        Step(writes=[MarkIndexed([row["chunk_id"] for row in rows[at : at + 2]])], last=True)
        for at in (0, 2)
    ]
    ended = await asyncio.gather(
        *(kit.commit(database, task, step) for task, step in zip(held, steps, strict=True))
    )
    indexed = [event for events in ended for event in events if isinstance(event, DocumentIndexed)]
    assert len(indexed) == 1
    assert (await kit.document(database, document_id)).status == "completed"


async def test_a_document_that_lacks_chunks_fails(database: Database) -> None:
    document_id, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    short = Step(writes=[SaveChunks(kit.chunk_rows(task, 0, 1)), EndExtraction(2)], last=True)
    events = await kit.commit(database, task, short)
    assert isinstance(events[0], DocumentFailed)
    document = await kit.document(database, document_id)
    assert (document.status, document.error_code) == ("failed", "index_failed")


async def test_a_parser_that_breaks_is_tried_once_more_in_strict_mode(database: Database) -> None:
    document_id, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    half = Step(writes=[SaveChunks(kit.chunk_rows(task, 0, 2))], opens=[NewTask("embed", 0)])
    await kit.commit(database, task, half)
    events = await database.transact(commit.commit_failure, task, CRASH, Decision("retry_strict"))
    document = await kit.document(database, document_id)
    assert (document.status, document.revision, document.live_revision) == ("processing", 2, 2)
    strict = await kit.must_claim(database, kit.task_ids(events)[0])
    assert (strict.strict, strict.revision) == (True, 2)
    assert await kit.claim(database, tasks.task_id_for(document_id, 1, "embed", 0)) is None
    await database.transact(commit.commit_failure, strict, CRASH, Decision("fail"))
    document = await kit.document(database, document_id)
    assert (document.status, document.error_code) == ("failed", "parser_crash")
    assert document.live_revision is None


async def test_a_new_revision_is_searchable_only_when_complete(database: Database) -> None:
    document_id, task_id = await kit.upload(database)
    await kit.process(database, task_id)
    events = await database.transact(lifecycle.reprocess, document_id, "again")
    document = await kit.document(database, document_id)
    assert (document.revision, document.live_revision, document.progress) == (2, 1, 0)
    last = await kit.process(database, kit.task_ids(events)[0])
    document = await kit.document(database, document_id)
    assert (document.status, document.live_revision) == ("completed", 2)
    retire = await kit.must_claim(database, kit.task_ids(last)[0])
    assert retire.task_type == "retire"


async def test_work_of_an_older_revision_is_not_counted(database: Database) -> None:
    document_id, task_id = await kit.upload(database)
    old = await kit.must_claim(database, task_id)
    await kit.commit(database, old, kit.read_step(old, chunks=0))
    await database.transact(lifecycle.reprocess, document_id, "again")
    late = Written(increments={"indexed_chunks": 2}, values={"extracted_chunks": 2})
    assert await database.transact(lifecycle.advance, old, late, last=True) == []
    document = await kit.document(database, document_id)
    assert (document.status, document.indexed_chunks) == ("pending", 0)
    assert document.extracted_chunks is None


async def test_a_revision_that_fails_leaves_the_old_one_searchable(database: Database) -> None:
    document_id, task_id = await kit.upload(database)
    await kit.process(database, task_id)
    events = await database.transact(lifecycle.reprocess, document_id, "again")
    task = await kit.must_claim(database, kit.task_ids(events)[0])
    await database.transact(commit.commit_failure, task, CRASH, Decision("fail"))
    document = await kit.document(database, document_id)
    assert (document.status, document.live_revision) == ("failed", 1)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_document_can_be_completed_while_chunks_of_it_are_stored(
    database: Database,
) -> None:
    document_id, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    stored, looked_at = asyncio.Event(), asyncio.Event()

    def store(session: Session) -> None:
        new = chunks.create_many(session, kit.chunk_rows(task, 0, 2))
        stored.set()
        await_only(looked_at.wait())
        added = {"total_chunks": len(new)}
        documents.record_work(session, document_id, 1, increments=added, values={})

    def look(session: Session) -> None:
        lifecycle.advance(session, task, Written(), last=True)

    storing = asyncio.create_task(database.transact(store))
    await stored.wait()
    try:
        async with asyncio.timeout(10):
            await database.transact(look)
    finally:
        looked_at.set()
        await storing


@pytest.mark.parametrize("broken", ["its parser", "its tasks"])
async def test_a_new_revision_that_is_replaced_leaves_the_old_one_searchable(
    database: Database, broken: str
) -> None:
    document_id, task_id = await kit.upload(database)
    await kit.process(database, task_id)
    events = await database.transact(lifecycle.reprocess, document_id, "again")
    task = await kit.must_claim(database, kit.task_ids(events)[0])
    if broken == "its parser":
        strictly = Decision("retry_strict")
        events = await database.transact(commit.commit_failure, task, CRASH, strictly)
    else:
        events = await database.transact(lifecycle.restart, document_id)
    document = await kit.document(database, document_id)
    assert (document.revision, document.live_revision) == (3, 1)
    assert not [event for event in events if isinstance(event, RevisionSuperseded)]
    last = await kit.process(database, kit.task_ids(events)[0])
    assert [event for event in last if isinstance(event, RevisionSuperseded)]


async def test_cancelling_stops_the_work_and_fences_its_worker(database: Database) -> None:
    document_id, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    await database.transact(lifecycle.cancel, document_id)
    with pytest.raises(LeaseLost):
        await kit.commit(database, task, kit.read_step(task))
    document = await kit.document(database, document_id)
    assert (document.status, document.live_revision) == ("cancelled", None)
    with pytest.raises(Conflict):
        await database.transact(lifecycle.cancel, document_id)


async def test_a_deleted_document_is_hidden_at_once_and_waits_for_its_workers(
    database: Database,
) -> None:
    document_id, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    events = await database.transact(lifecycle.request_deletion, document_id)
    document = await kit.document(database, document_id)
    assert (document.status, document.live_revision) == ("deleting", None)
    delete_id = kit.task_ids(events)[0]
    assert await database.read(tasks.has_active_workers, document_id, except_task=delete_id)
    dropped = Failure("lost", "internal", "")
    await database.transact(commit.commit_failure, task, dropped, Decision("drop"))
    assert not await database.read(tasks.has_active_workers, document_id, except_task=delete_id)


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (Document, {"status": "thinking"}),
        (Document, {"status": "failed"}),
        (Document, {"progress": 101}),
        (ProcessingTask, {"status": "stuck"}),
        (ProcessingTask, {"status": "processing", "lease_owner": None}),
        (ProcessingTask, {"error_code": "whatever"}),
    ],
)
async def test_the_database_refuses_states_that_do_not_exist(
    database: Database, table: type[Document], values: dict[str, object]
) -> None:
    await kit.upload(database)

    def spoil(session: Session) -> None:
        session.execute(update(table).values(**values))

    with pytest.raises(IntegrityError):
        await database.transact(spoil)


async def test_a_document_begins_with_its_first_text_also_after_unread_pages(
    database: Database,
) -> None:
    document_id, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    rows = kit.chunk_rows(task, 0, 2, first=1_000)
    rows[0] |= {"chunk_type": "table", "content": "a table above the title"}
    read = Step(writes=[SaveChunks(rows)], opens=[NewTask("embed", 0)])
    await kit.commit(database, task, read)
    found = await database.read(live_chunks.openings, [document_id])
    assert found == {document_id: "passage 1001"}
