"""Events are numbered in the order of commits, without gaps, on each database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlalchemy.util import await_only

from shared.database import sql
from shared.database.base import Database
from shared.database.schema import EventHistory, EventRow
from shared.domain.errors import Unavailable
from shared.domain.events import (
    EVENTS,
    DocumentCancelled,
    DocumentChanged,
    DocumentDeleted,
    Event,
)
from shared.domain.position import Position
from shared.ledger import lifecycle
from shared.ledger.steps import NewTask, Step
from shared.ledger.writes import ClearDocument
from shared.repositories import at_commit, events
from shared.repositories.events import StoredEvent
from tests.support import ledger as kit
from tests.support.wait import until


def changed(document_id: str = "d") -> Event:
    return DocumentChanged(document_id=document_id)


def record(session: Session, *of: str) -> None:
    events.record(session, [changed(document_id) for document_id in of])


async def all_events(database: Database) -> list[StoredEvent]:
    def run(session: Session) -> list[StoredEvent]:
        place = events.position(session)
        found = events.after(session, Position(place.epoch, 0), 1_000)
        assert found is not None
        return found

    return await database.read(run)


async def test_events_are_numbered_from_one_without_gaps(database: Database) -> None:
    await database.transact(record, "a", "b")
    await database.transact(record, "c")
    found = await all_events(database)
    assert [(each.seq, each.document_id) for each in found] == [(1, "a"), (2, "b"), (3, "c")]
    place = await database.read(events.position)
    assert place.seq == 3
    assert place.epoch


async def test_an_event_is_stored_with_its_fields_and_the_collection_of_its_document(
    database: Database,
) -> None:
    document_id, task_id = await kit.upload(database, collection="manuals")
    [found] = await all_events(database)
    assert found.name == "document.uploaded.v1"
    assert (found.document_id, found.collection) == (document_id, "manuals")
    assert found.data["task_id"] == task_id
    assert found.data["revision"] == 1
    assert found.created_at.tzinfo is not None


async def test_a_transaction_that_fails_leaves_no_event_and_no_gap(database: Database) -> None:
    def fail(session: Session) -> None:
        record(session, "lost")
        raise KeyError

    async def failing() -> None:
        with pytest.raises(KeyError):
            await database.transact(fail)

    # Together, so that SQLite commits them as one group.
    await asyncio.gather(
        database.transact(record, "a"),
        failing(),
        database.transact(record, "b"),
        failing(),
        database.transact(record, "c"),
    )
    found = await all_events(database)
    assert [each.seq for each in found] == [1, 2, 3]
    assert sorted(each.document_id for each in found) == ["a", "b", "c"]


async def test_a_savepoint_that_is_rolled_back_drops_its_events_alone(database: Database) -> None:
    def run(session: Session) -> None:
        record(session, "before")
        savepoint = session.begin_nested()
        record(session, "within")
        savepoint.rollback()
        with session.begin_nested():
            record(session, "kept")

    await database.transact(run)
    assert [each.document_id for each in await all_events(database)] == ["before", "kept"]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_reader_never_passes_over_the_number_of_a_slow_transaction(
    database: Database,
) -> None:
    slow_began, go_on = asyncio.Event(), asyncio.Event()

    def slow(session: Session) -> None:
        record(session, "slow")
        at_commit._store_gathered(session)
        slow_began.set()
        await_only(go_on.wait())

    seen: list[int] = []

    async def read_on() -> bool:
        place = await database.read(events.position)
        at = Position(place.epoch, seen[-1] if seen else 0)
        seen.extend(each.seq for each in await database.read(events.after, at, 100) or [])
        return len(seen) == 3

    await database.transact(record, "first")
    slower = asyncio.create_task(database.transact(slow))
    await slow_began.wait()
    faster = asyncio.create_task(database.transact(record, "fast"))
    await asyncio.sleep(0.05)
    assert not await read_on()
    assert seen == [1]
    go_on.set()
    await asyncio.gather(slower, faster)
    await until(read_on, stalled_after_s=10)
    assert seen == [1, 2, 3]
    names = [each.document_id for each in await all_events(database)]
    assert names == ["first", "slow", "fast"]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_process_that_stalls_before_its_commit_does_not_stop_the_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "SILENT_MS", 300)
    began, go_on = asyncio.Event(), asyncio.Event()

    def stall(session: Session) -> None:
        record(session, "stalled")
        at_commit._store_gathered(session)
        began.set()
        await_only(go_on.wait())

    stalled = asyncio.create_task(database.transact(stall))
    await began.wait()
    await database.transact(record, "next")
    go_on.set()
    with pytest.raises(Unavailable):
        await stalled
    assert [(each.seq, each.document_id) for each in await all_events(database)] == [(1, "next")]


async def test_many_transactions_at_once_get_consecutive_numbers(database: Database) -> None:
    await asyncio.gather(*(database.transact(record, str(n), str(n)) for n in range(25)))
    found = await all_events(database)
    assert [each.seq for each in found] == list(range(1, 51))
    assert all(a.document_id == b.document_id for a, b in zip(found[::2], found[1::2], strict=True))


async def test_events_after_a_place_are_limited_and_continue(database: Database) -> None:
    await database.transact(record, "a", "b", "c")
    epoch = (await database.read(events.position)).epoch
    first = await database.read(events.after, Position(epoch, 0), 2)
    assert first is not None
    assert [each.seq for each in first] == [1, 2]
    rest = await database.read(events.after, Position(epoch, 2), 2)
    assert rest is not None
    assert [each.seq for each in rest] == [3]
    assert await database.read(events.after, Position(epoch, 3), 2) == []


@pytest.mark.parametrize(
    "place",
    [
        lambda epoch: Position("of another installation", 1),
        lambda epoch: Position(epoch, 4),  # a backup was restored that ends before it
        lambda epoch: Position(epoch, 0),  # event 1 is not kept
    ],
)
async def test_a_place_whose_events_are_not_all_known_is_refused(
    database: Database, place: Callable[[str], Position]
) -> None:
    await database.transact(record, "a")
    await database.transact(age, 90_000)
    await database.transact(record, "b", "c")
    assert await database.transact(events.remove_old) == 1
    epoch = (await database.read(events.position)).epoch
    assert await database.read(events.after, place(epoch), 100) is None
    assert await database.read(events.after, Position(epoch, 1), 100) is not None


def age(session: Session, seconds: float) -> None:
    session.execute(update(EventRow).values(created_at=sql.now(-seconds)))


async def test_a_place_is_refused_once_no_event_is_kept_after_it(database: Database) -> None:
    await database.transact(record, "a", "b")
    await database.transact(age, 90_000)
    await database.transact(events.remove_old)
    place = await database.read(events.position)
    assert place.seq == 2
    assert await database.read(kit.kept_events) == []
    assert await database.read(events.after, Position(place.epoch, 1), 100) is None
    assert await database.read(events.after, place, 100) == []


async def test_the_oldest_events_are_removed_once_there_are_too_many(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "KEPT_EVENTS", 5)
    monkeypatch.setattr(events, "_REMOVED_AT_ONCE", 4)
    for number in range(15):
        await database.transact(record, str(number))
        kept = await database.read(kit.kept_events)
        assert kept[-1] == number + 1
        assert min(number + 1, 5) <= len(kept) < 5 + 4
    assert kept[0] > 1


async def test_another_history_has_another_id_and_none_of_the_events(database: Database) -> None:
    await database.transact(record, "a")
    before = await database.read(events.position)
    await database.transact(events.start_history)
    after = await database.read(events.position)
    assert after.epoch != before.epoch
    assert await database.read(events.after, before, 100) is None
    await database.transact(record, "b")
    found = await database.read(events.after, after, 100)
    assert found is not None
    assert [each.document_id for each in found] == ["b"]


async def test_a_missing_history_begins_with_the_first_event(database: Database) -> None:
    await database.transact(lambda session: session.query(EventHistory).delete())
    empty = await database.read(events.position)
    assert await database.read(events.after, empty, 100) == []
    await asyncio.gather(*(database.transact(record, "a") for _ in range(3)))
    assert await database.read(events.after, empty, 100) is None
    assert len(await all_events(database)) == 3


async def test_every_kind_of_event_is_recorded_once_in_its_order(database: Database) -> None:
    """A document is read, replaced, cancelled, read with a scanned page, fails and is deleted."""
    document_id, task_id = await kit.upload(database)
    published = await process_and_note(database, task_id)
    opened = await database.transact(lifecycle.reprocess, document_id, "again")
    published += await process_and_note(database, kit.task_ids(opened)[0])
    await database.transact(lifecycle.reprocess, document_id, "third")
    published += await database.transact(lifecycle.cancel, document_id)
    opened = await database.transact(lifecycle.reprocess, document_id, "fourth")
    task = await kit.must_claim(database, kit.task_ids(opened)[0])
    published += await kit.commit(database, task, Step(opens=[NewTask("recognise", 0)]))
    published += await database.transact(
        lifecycle.fail_document, task, code="corrupt", message="The file is damaged."
    )
    published += await database.transact(lifecycle.request_deletion, document_id)
    await database.transact(record, document_id)
    task = await kit.must_claim(database, kit.task_ids(published[-1:])[0])
    published += await kit.commit(database, task, Step(writes=[ClearDocument()], last=True))
    found = await all_events(database)
    recorded = [each.data["event_id"] for each in found]
    assert len(recorded) == len(set(recorded))
    assert {each.name for each in found} == set(EVENTS)
    order = [recorded.index(each.event_id) for each in published]
    assert order == sorted(order)
    assert [each.name for each in found][-1] == DocumentDeleted.name
    assert DocumentCancelled.name in {each.name for each in found}


async def process_and_note(database: Database, task_id: str) -> list[Event]:
    """Process a document to the end and return the events of all steps."""
    task = await kit.must_claim(database, task_id)
    first = await kit.commit(database, task, kit.read_step(task))
    task = await kit.must_claim(database, kit.task_ids(first)[0])
    second = await kit.commit(database, task, kit.embed_step(task))
    task = await kit.must_claim(database, kit.task_ids(second)[0])
    return [*first, *second, *await kit.commit(database, task, kit.index_step(task))]


async def test_a_repeated_hint_is_not_recorded(database: Database) -> None:
    from shared.worker.sweeper import sweep

    await kit.upload(database)
    await kit.let_pass(database, 120)
    swept = await database.transact(sweep, hint_after_s=60)
    assert swept.hinted == 1
    assert len(await all_events(database)) == 1


async def test_no_event_has_content(database: Database) -> None:
    _, task_id = await kit.upload(database, title="Secret title")
    await process_and_note(database, task_id)
    rows = await database.read(lambda session: list(session.scalars(select(EventRow.data))))
    assert rows
    assert not any("passage" in str(row) or "Secret" in str(row) for row in rows)
