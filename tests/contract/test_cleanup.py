"""The daily clean-up removes expired items only."""

from __future__ import annotations

import os
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from shared.blobs.base import page_prefix
from shared.blobs.folder import FolderBlobs
from shared.database import sql
from shared.database.base import Database
from shared.database.schema import EventRow, ProcessingTask, QueryLog
from shared.ledger import lifecycle
from shared.maintenance.cleanup import DAY_S, DRAWN_PAGES_S, CleanUp, seconds_until
from shared.repositories import query_logs, tasks
from shared.settings import Settings
from tests.support import ledger as kit


@pytest.mark.parametrize(
    ("now", "seconds"),
    [("01:59:00", 60.0), ("02:00:00", DAY_S), ("02:00:01", DAY_S - 1), ("23:00:00", 3 * 3600.0)],
)
def test_the_next_run_is_at_two_o_clock_utc(now: str, seconds: float) -> None:
    moment = datetime.fromisoformat(f"2026-11-24T{now}").replace(tzinfo=UTC)
    assert seconds_until(2, moment) == seconds


def cleaner(database: Database, folder: Path, **settings: Any) -> CleanUp:
    return CleanUp(Settings(_env_file=None, **settings), database, FolderBlobs(folder))


async def set_completed(database: Database, task_id: str, status: str, days_ago: int) -> None:
    def run(session: Session) -> None:
        values = {"status": status, "completed_at": sql.now(-days_ago * DAY_S)}
        session.execute(
            update(ProcessingTask).where(ProcessingTask.task_id == task_id).values(**values)
        )

    await database.transact(run)


async def test_old_tasks_of_finished_documents_are_removed(
    database: Database, tmp_path: Path
) -> None:
    kept_days, old = 30, 31
    ended_id, ended_task = await kit.upload(database)
    recent_id, recent_task = await kit.upload(database)
    _, working_task = await kit.upload(database)
    for document_id in (ended_id, recent_id):
        await database.transact(lifecycle.cancel, document_id)
    await set_completed(database, ended_task, "completed", old)
    await set_completed(database, recent_task, "completed", kept_days - 1)
    await set_completed(database, working_task, "completed", old)
    removed = await cleaner(database, tmp_path, keep_tasks_days=kept_days).run()
    assert removed["tasks"] == 1
    assert await database.read(tasks.get, ended_task) is None
    assert await database.read(tasks.get, recent_task) is not None
    assert await database.read(tasks.get, working_task) is not None


@pytest.mark.parametrize(("keep_days", "left"), [(0, 1), (30, 0)])
async def test_query_logs_are_kept_unless_a_retention_is_set(
    database: Database, tmp_path: Path, keep_days: int, left: int
) -> None:
    log = QueryLog(query_id=str(uuid.uuid4()), query_text="why")

    def add(session: Session) -> None:
        session.add(log)
        session.flush()
        session.execute(update(QueryLog).values(created_at=sql.now(-40 * DAY_S)))

    await database.transact(add)
    await cleaner(database, tmp_path, keep_queries_days=keep_days).run()
    assert await database.read(query_logs.count) == left


async def test_events_are_kept_for_a_day(database: Database, tmp_path: Path) -> None:
    def age(session: Session) -> None:
        session.execute(update(EventRow).values(created_at=sql.now(-DAY_S - 60)))

    await kit.upload(database)
    await database.transact(age)
    await kit.upload(database)
    assert (await cleaner(database, tmp_path).run())["events"] == 1
    assert await database.read(kit.kept_events) == [2]
    assert (await cleaner(database, tmp_path).run())["events"] == 0


async def test_cleaning_up_an_empty_system_removes_nothing(
    database: Database, tmp_path: Path
) -> None:
    assert not any((await cleaner(database, tmp_path).run()).values())


async def test_pages_drawn_days_ago_are_removed(database: Database, tmp_path: Path) -> None:
    document_id, _ = await kit.upload(database)
    blobs = FolderBlobs(tmp_path)
    old, recent = (f"{page_prefix(document_id)}/{number}.png" for number in (1, 2))
    for key, age_s in ((old, DRAWN_PAGES_S + 60), (recent, DRAWN_PAGES_S - 60)):
        blobs.put(key, b"x")
        moment = time.time() - age_s
        os.utime(blobs.path(key), (moment, moment))
    removed = await cleaner(database, tmp_path).run()
    assert removed["drawn_pages"] == 1
    assert (blobs.exists(old), blobs.exists(recent)) == (False, True)
