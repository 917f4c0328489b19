"""Statements of a step on its document and on the events: each is a round trip in a lock."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event

from shared.database.base import Database
from shared.ledger import lifecycle, tasks
from shared.ledger.steps import NewTask, Step, Write
from shared.ledger.writes import EndExtraction, NotePages, SaveChunks
from tests.support import ledger as kit

# One table is the target of every statement of a step; later names are those of joins.
_TABLE = re.compile(r"\b(?:UPDATE|FROM|INTO) (\w+)")

# The last statements of a transaction with events, however many; they hold a lock that all share.
NUMBERED = [("UPDATE", "event_history"), ("INSERT", "events")]


@contextlib.contextmanager
def recorded() -> Iterator[list[tuple[str, str]]]:
    """Yield the (verb, table) of every statement that runs in the context, in order."""
    seen: list[tuple[str, str]] = []

    def record(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        table = _TABLE.search(statement)
        if table:
            seen.append((statement.split(None, 1)[0], table[1]))

    event.listen(Engine, "before_cursor_execute", record)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", record)


def on_document(seen: list[tuple[str, str]]) -> list[str]:
    return [verb for verb, table in seen if table == "documents"]


async def test_the_completing_step_reads_and_counts_its_document_in_one_statement(
    database: Database,
) -> None:
    _, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    opened = await kit.commit(database, task, kit.read_step(task))
    task = await kit.must_claim(database, kit.task_ids(opened)[0])
    opened = await kit.commit(database, task, kit.embed_step(task))
    task = await kit.must_claim(database, kit.task_ids(opened)[0])
    with recorded() as seen:
        await kit.commit(database, task, kit.index_step(task))
    assert seen == [
        ("UPDATE", "processing_tasks"),
        ("UPDATE", "chunks"),
        ("UPDATE", "documents"),
        ("SELECT", "processing_tasks"),
        ("SELECT", "chunks"),
        ("UPDATE", "documents"),
        *NUMBERED,
    ]


async def test_a_completed_revision_is_not_read_to_retire_the_one_before(
    database: Database,
) -> None:
    document_id, task_id = await kit.upload(database)
    await kit.process(database, task_id)
    opened = await database.transact(lifecycle.reprocess, document_id, "again")
    task = await kit.must_claim(database, kit.task_ids(opened)[0])
    opened = await kit.commit(database, task, kit.read_step(task))
    task = await kit.must_claim(database, kit.task_ids(opened)[0])
    opened = await kit.commit(database, task, kit.embed_step(task))
    task = await kit.must_claim(database, kit.task_ids(opened)[0])
    with recorded() as seen:
        await kit.commit(database, task, kit.index_step(task))
    assert on_document(seen) == ["UPDATE", "UPDATE"]


@pytest.mark.parametrize("last", [False, True])
async def test_a_reading_step_counts_chunks_and_pages_in_one_statement(
    database: Database, last: bool
) -> None:
    _, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    writes: list[Write] = [SaveChunks(kit.chunk_rows(task, 0, 2)), NotePages(1, 2)]
    if last:
        writes.append(EndExtraction(2))
    with recorded() as seen:
        await kit.commit(database, task, Step(writes, [NewTask("embed", 0)], last=last))
    assert on_document(seen) == ["UPDATE", "UPDATE"]  # the second stores the progress
    assert seen[-2:] == NUMBERED


async def test_an_embedding_step_does_not_touch_its_document(database: Database) -> None:
    _, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    opened = await kit.commit(database, task, kit.read_step(task))
    task = await kit.must_claim(database, kit.task_ids(opened)[0])
    with recorded() as seen:
        await kit.commit(database, task, kit.embed_step(task))
    assert on_document(seen) == []
    assert seen[-2:] == NUMBERED


async def test_a_claim_and_a_heartbeat_do_not_wait_for_the_numbers_of_events(
    database: Database,
) -> None:
    _, task_id = await kit.upload(database)
    with recorded() as seen:
        task = await kit.must_claim(database, task_id)
        held = [(task.task_id, task.lease_epoch)]
        await database.transact(tasks.extend_leases, held, lease_s=kit.LEASE_S)
    assert {table for _, table in seen} == {"processing_tasks", "documents"}
