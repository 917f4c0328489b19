"""Claims, leases and fencing: one worker at a time has a task, and only that one writes."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from shared.bus.in_process import InProcessBus
from shared.database.base import Database
from shared.domain.errors import LeaseLost
from shared.domain.events import DocumentUploaded, Event
from shared.domain.retry import MAX_ATTEMPTS, Decision, Failure
from shared.ledger import commit, tasks
from shared.ledger.steps import NewTask, Step
from shared.worker import sweeper
from tests.support import ledger as kit

TRANSIENT = Failure("transient", "index_failed", "The index did not answer.")


async def test_of_many_concurrent_claims_exactly_one_succeeds(database: Database) -> None:
    _, task_id = await kit.upload(database)
    claims = await asyncio.gather(*(kit.claim(database, task_id, f"w{n}") for n in range(8)))
    assert len([won for won in claims if won]) == 1


async def test_an_attempt_counts_before_its_work_starts(database: Database) -> None:
    _, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    assert (task.attempt, task.lease_epoch) == (1, 1)


async def test_a_task_whose_lease_expired_can_be_claimed_again(database: Database) -> None:
    _, task_id = await kit.upload(database)
    first = await kit.must_claim(database, task_id, "sleeper")
    await kit.let_pass(database, kit.LEASE_S + 1)
    second = await kit.must_claim(database, task_id, "other")
    assert (second.attempt, second.lease_epoch) == (2, first.lease_epoch + 1)


async def test_a_worker_halted_past_its_lease_writes_nothing(database: Database) -> None:
    document_id, task_id = await kit.upload(database)
    sleeper = await kit.must_claim(database, task_id, "sleeper")
    await kit.let_pass(database, kit.LEASE_S + 1)
    await kit.must_claim(database, task_id, "other")
    with pytest.raises(LeaseLost):
        await kit.commit(database, sleeper, kit.read_step(sleeper))
    assert await kit.chunk_count(database, document_id) == 0


async def test_a_heartbeat_extends_only_what_is_still_held(database: Database) -> None:
    _, first_id = await kit.upload(database)
    _, second_id = await kit.upload(database)
    held = await kit.must_claim(database, first_id)
    lost = await kit.must_claim(database, second_id)
    await kit.let_pass(database, kit.LEASE_S + 1)
    await kit.must_claim(database, second_id, "other")
    pairs = [(task.task_id, task.lease_epoch) for task in (held, lost)]
    alive = await database.transact(tasks.extend_leases, pairs, lease_s=kit.LEASE_S)
    assert alive == {first_id}


async def test_a_heartbeat_counts_completed_tasks_as_held(database: Database) -> None:
    _, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    await kit.commit(database, task, kit.read_step(task))
    pairs = [(task.task_id, task.lease_epoch)]
    assert await database.transact(tasks.extend_leases, pairs, lease_s=kit.LEASE_S) == {task_id}
    assert (await kit.task_row(database, task_id)).lease_expires_at is None


async def test_a_finished_task_can_not_be_claimed(database: Database) -> None:
    _, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    await kit.commit(database, task, kit.read_step(task))
    await kit.let_pass(database, 3600)
    assert await kit.claim(database, task_id) is None


async def test_the_same_step_twice_stores_its_chunks_once(database: Database) -> None:
    document_id, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    half = Step(writes=kit.read_step(task).writes, opens=[NewTask("embed", 0)])
    first = await kit.commit(database, task, half)
    again = await kit.commit(database, task, half)
    assert await kit.chunk_count(database, document_id) == 2
    assert (await kit.document(database, document_id)).total_chunks == 2
    assert (len(kit.task_ids(first)), len(kit.task_ids(again))) == (1, 0)


async def test_a_failed_attempt_waits_and_then_can_be_claimed(database: Database) -> None:
    _, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    decision = Decision("retry", pause_s=4.0)
    await database.transact(commit.commit_failure, task, TRANSIENT, decision)
    assert await kit.claim(database, task_id) is None
    await kit.let_pass(database, 5)
    assert (await kit.must_claim(database, task_id)).attempt == 2


async def test_an_attempt_that_does_not_count_is_subtracted(database: Database) -> None:
    _, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    decision = Decision("retry", pause_s=0.0, counts_attempt=False)
    await database.transact(commit.commit_failure, task, TRANSIENT, decision)
    await kit.let_pass(database, 1)
    assert (await kit.must_claim(database, task_id)).attempt == 1


async def test_a_sweep_reclaims_expired_leases_and_repeats_their_hints(database: Database) -> None:
    _, task_id = await kit.upload(database)
    await kit.must_claim(database, task_id)
    await kit.let_pass(database, kit.LEASE_S + 1)
    first = await database.transact(sweeper.sweep, hint_after_s=60)
    assert (first.expired, first.failed) == (1, 0)
    assert kit.task_ids(first.events) == [task_id]
    second = await database.transact(sweeper.sweep, hint_after_s=60)
    assert second.events == []


@pytest.mark.parametrize("dead_owner", [None, "embedded:"], ids=["lease expired", "process died"])
async def test_a_task_interrupted_again_pauses_longer_each_time(
    database: Database, dead_owner: str | None
) -> None:
    _, task_id = await kit.upload(database)
    pauses = []
    for _ in range(5):
        await kit.must_claim(database, task_id, "embedded:dies")
        await kit.let_pass(database, kit.LEASE_S + 1)
        swept = await database.transact(
            sweeper.sweep, hint_after_s=60, dead_owner=dead_owner, jitter=lambda: 0.0
        )
        pauses.append(await pause(database, task_id))
        assert bool(swept.events) is (pauses[-1] == 0)
        await kit.let_pass(database, pauses[-1])
    assert pauses == [0, 0, 4, 8, 16]


async def test_tasks_interrupted_together_pause_for_different_times(database: Database) -> None:
    """So a task that kills its process does not take the others with it at the next attempt."""
    jitter = iter([0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    ids = [(await kit.upload(database))[1] for _ in range(2)]
    for _ in range(3):
        for task_id in ids:
            await kit.must_claim(database, task_id, "embedded:dies")
        await database.transact(
            sweeper.sweep, hint_after_s=60, dead_owner="embedded:", jitter=lambda: next(jitter)
        )
    assert [await pause(database, task_id) for task_id in ids] in ([4, 2], [2, 4])


async def test_the_sweeper_sends_a_hint_when_a_pause_ends(database: Database) -> None:
    bus = InProcessBus()
    hinted = asyncio.Event()

    async def hear(event: Event) -> None:
        hinted.set()

    bus.subscribe((DocumentUploaded,), hear, group="test", at_once=1)
    _, task_id = await kit.upload(database)
    sweeps = sweeper.Sweeper(database, bus, every_s=3600)
    for _ in range(3):
        await kit.must_claim(database, task_id, "embedded:dies")
        await database.transact(sweeper.sweep, hint_after_s=60, dead_owner="embedded:")
    async with contextlib.AsyncExitStack() as stack:
        for part in (bus, sweeps):
            await part.start()
            stack.push_async_callback(part.stop)
        async with asyncio.timeout(60):
            await hinted.wait()


async def pause(database: Database, task_id: str) -> int:
    """Seconds from the last change of a task until it may be claimed."""
    task = await kit.task_row(database, task_id)
    return round((task.next_attempt_at - task.updated_at).total_seconds())


async def test_a_lost_hint_is_sent_again_after_a_minute(database: Database) -> None:
    _, task_id = await kit.upload(database)
    assert (await database.transact(sweeper.sweep, hint_after_s=60)).events == []
    await kit.let_pass(database, 61)
    assert kit.task_ids((await database.transact(sweeper.sweep, hint_after_s=60)).events) == [
        task_id
    ]


async def test_hints_that_are_still_queued_are_not_repeated(database: Database) -> None:
    _, ahead = await kit.upload(database)
    _, waiting = await kit.upload(database)
    await kit.let_pass(database, 61)
    # The hint ahead was consumed only now, so one behind it may still be queued.
    await kit.must_claim(database, ahead)
    assert (await database.transact(sweeper.sweep, hint_after_s=60)).events == []
    # A younger hint was consumed, so the older one of the waiting task is lost.
    _, younger = await kit.upload(database)
    await kit.must_claim(database, younger)
    swept = await database.transact(sweeper.sweep, hint_after_s=60)
    assert kit.task_ids(swept.events) == [waiting]


async def test_a_task_without_attempts_left_fails_its_document(database: Database) -> None:
    document_id, task_id = await kit.upload(database)
    for _ in range(MAX_ATTEMPTS):
        await kit.must_claim(database, task_id)
        await kit.let_pass(database, kit.LEASE_S + 1)
    swept = await database.transact(sweeper.sweep, hint_after_s=60)
    assert swept.failed == 1
    document = await kit.document(database, document_id)
    assert (document.status, document.error_code) == ("failed", "attempts_exhausted")
    assert (document.error_stage, document.live_revision) == ("extract", None)


async def test_a_task_past_its_deadline_fails_its_document(database: Database) -> None:
    document_id, _ = await kit.upload(database)
    await kit.let_pass(database, 7 * 3600)
    await database.transact(sweeper.sweep, hint_after_s=60)
    document = await kit.document(database, document_id)
    assert (document.status, document.error_code) == ("failed", "timeout")


async def test_leases_of_a_dead_process_end_at_once(database: Database) -> None:
    _, dead_id = await kit.upload(database)
    _, live_id = await kit.upload(database)
    await kit.must_claim(database, dead_id, "embedded:dead")
    await kit.must_claim(database, live_id, "celery:live")
    swept = await database.transact(sweeper.sweep, hint_after_s=60, dead_owner="embedded:")
    assert kit.task_ids(swept.events) == [dead_id]
    assert (await kit.must_claim(database, dead_id)).attempt == 2
    assert await kit.claim(database, live_id) is None
