"""Changes of a document wait for the steps and claims of its tasks and break none (PostgreSQL)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session
from sqlalchemy.util import await_only

from shared.database import sql
from shared.database.base import Database
from shared.database.schema import Document, ProcessingTask
from shared.domain.errors import PermanentError, Unavailable
from shared.domain.retry import Decision, classify_failure
from shared.ledger import commit, lifecycle, tasks
from shared.ledger.steps import ClaimedTask, NewTask, Step, Written
from shared.ledger.writes import EndExtraction, MarkIndexed, SaveChunks
from shared.worker import sweeper
from tests.support import ledger as kit
from tests.support.wait import until

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)

CORRUPT = classify_failure(PermanentError())


class Pause:
    """A write that waits for `release` while the step holds its task's row."""

    def __init__(self) -> None:
        self.reached, self.release = asyncio.Event(), asyncio.Event()

    def apply(self, session: Session, task: ClaimedTask) -> Written:
        self.reached.set()
        await_only(self.release.wait())
        return Written()


async def read_document(database: Database, opened: str) -> tuple[str, list[ClaimedTask]]:
    """Return a document that was read in two batches of two, and its claimed tasks."""
    document_id, task_id = await kit.upload(database)
    reading = await kit.must_claim(database, task_id)
    rows = [*kit.chunk_rows(reading, 0, 2), *kit.chunk_rows(reading, 1, 2, first=2)]
    step = Step(
        writes=[SaveChunks(rows), EndExtraction(4)],
        opens=[NewTask(opened, 0), NewTask(opened, 1)],
        last=True,
    )
    events = await kit.commit(database, reading, step)
    return document_id, [await kit.must_claim(database, id_) for id_ in kit.task_ids(events)]


async def until_one_waits(database: Database) -> None:
    """Return once a transaction waits for a lock of another."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )

    async def one_waits() -> bool:
        return bool(await database.read(lambda session: session.scalar(waiting)))

    await until(one_waits, stalled_after_s=30)


def cancel(session: Session, task: ClaimedTask) -> object:
    return lifecycle.cancel(session, task.document_id)


def delete(session: Session, task: ClaimedTask) -> object:
    return lifecycle.request_deletion(session, task.document_id)


def fail(session: Session, task: ClaimedTask) -> object:
    return commit.commit_failure(session, task, CORRUPT, Decision("fail"))


def fail_overdue(session: Session, task: ClaimedTask) -> object:
    return sweeper.sweep(session, hint_after_s=60)


Change = Callable[[Session, ClaimedTask], object]
changes = pytest.mark.parametrize("change", [cancel, delete, fail, fail_overdue])


@changes
async def test_a_step_and_a_change_of_its_document_both_commit(
    database: Database, change: Change
) -> None:
    document_id, (task, other) = await read_document(database, "index")
    await database.transact(make_overdue, other.task_id)
    pause = Pause()
    ids = [row["chunk_id"] for row in kit.chunk_rows(task, 0, 2)]
    step = Step(writes=[pause, MarkIndexed(ids)], last=True)
    stepping = asyncio.create_task(kit.commit(database, task, step))
    await pause.reached.wait()
    changing = asyncio.create_task(database.transact(change, other))
    await until_one_waits(database)
    pause.release.set()
    await asyncio.gather(stepping, changing)
    document = await kit.document(database, document_id)
    assert document.status in ("cancelled", "deleting", "failed")
    assert document.indexed_chunks == 2


@changes
async def test_a_task_that_a_step_opens_during_a_change_is_cancelled_too(
    database: Database, change: Change
) -> None:
    document_id, (task, other) = await read_document(database, "embed")
    await database.transact(make_overdue, other.task_id)
    pause = Pause()
    step = Step(writes=[pause], opens=[NewTask("index", task.batch)], last=True)
    stepping = asyncio.create_task(kit.commit(database, task, step))
    await pause.reached.wait()
    changing = asyncio.create_task(database.transact(change, other))
    await until_one_waits(database)
    pause.release.set()
    await asyncio.gather(stepping, changing)
    assert await database.read(open_tasks, document_id) in ([], ["delete"])


@pytest.mark.parametrize("change", [cancel, delete])
async def test_a_claim_and_a_change_of_its_document_both_commit(
    database: Database, change: Change
) -> None:
    _, task_id = await kit.upload(database)
    pause = Pause()

    def claim(session: Session) -> ClaimedTask:
        task = tasks.claim(session, task_id, owner="w", lease_s=kit.LEASE_S)
        assert task is not None
        pause.apply(session, task)
        lifecycle.begin(session, task)
        return task

    claiming = asyncio.create_task(database.transact(claim))
    await pause.reached.wait()
    row = await kit.task_row(database, task_id)
    changing = asyncio.create_task(database.transact(change, row))  # type: ignore[arg-type]
    await until_one_waits(database)
    pause.release.set()
    await asyncio.gather(claiming, changing)
    assert (await kit.task_row(database, task_id)).status == "cancelled"


async def test_a_step_that_waited_for_a_heartbeat_is_written(database: Database) -> None:
    document_id, (task, _) = await read_document(database, "index")
    pause = Pause()

    def beat(session: Session) -> None:
        held = [(task.task_id, task.lease_epoch)]
        assert tasks.extend_leases(session, held, lease_s=kit.LEASE_S)
        pause.apply(session, task)

    beating = asyncio.create_task(database.transact(beat))
    await pause.reached.wait()
    step = Step(writes=[MarkIndexed([kit.chunk_rows(task, 0, 1)[0]["chunk_id"]])], last=True)
    stepping = asyncio.create_task(kit.commit(database, task, step))
    await until_one_waits(database)
    pause.release.set()
    await asyncio.gather(beating, stepping)
    assert (await kit.document(database, document_id)).indexed_chunks == 1


async def test_a_deadlock_is_reported_as_temporary(database: Database) -> None:
    ids = [(await kit.upload(database))[0] for _ in range(2)]
    both = asyncio.Barrier(2)

    def lock(session: Session, first: str, second: str) -> None:
        session.execute(select(Document).where(Document.document_id == first).with_for_update())
        await_only(both.wait())
        session.execute(select(Document).where(Document.document_id == second).with_for_update())

    results = await asyncio.gather(
        *(database.transact(lock, *order) for order in (ids, ids[::-1])), return_exceptions=True
    )
    assert [type(result) for result in results if result] == [Unavailable]


def make_overdue(session: Session, task_id: str) -> None:
    session.execute(
        update(ProcessingTask)
        .where(ProcessingTask.task_id == task_id)
        .values(deadline_at=sql.now(-1))
    )


def open_tasks(session: Session, document_id: str) -> list[str]:
    """Return the types of a document's unfinished tasks."""
    unfinished = select(ProcessingTask.task_type).where(
        ProcessingTask.document_id == document_id,
        ProcessingTask.status.in_(("pending", "processing")),
    )
    return list(session.scalars(unfinished))
