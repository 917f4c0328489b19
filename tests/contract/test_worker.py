"""The worker, from an event to its acknowledgement, for all results of a handler."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from sqlalchemy.orm import Session

from shared.bus import asyncapi
from shared.bus.in_process import InProcessBus
from shared.database.base import Database
from shared.domain import errors
from shared.domain.events import ChunksCreated, DocumentFailed, DocumentUploaded, Event
from shared.ledger import lifecycle, tasks
from shared.ledger.steps import ClaimedTask, NewTask, Step, Written
from shared.ledger.writes import EndExtraction, SaveChunks
from shared.telemetry.metrics import METRICS
from shared.worker.leases import Leases
from shared.worker.worker import Handler, Worker
from tests.support import ledger as kit


class Bench:
    """One worker on a bus that records its events."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.bus = InProcessBus()
        self.leases = Leases(database)
        self.published: list[Event] = []
        self.bus.subscribe_all(self._remember)
        self.worker = Worker(
            name="extractor",
            owner="test",
            database=database,
            bus=self.bus,
            leases=self.leases,
            jitter=lambda: 0.0,
        )

    async def _remember(self, event: Event) -> None:
        self.published.append(event)

    def published_types(self) -> list[type[Event]]:
        return [type(event) for event in self.published]


@pytest.fixture
def bench(database: Database) -> Bench:
    return Bench(database)


def nothing(session: Session, task: ClaimedTask) -> None:
    return None


def raising(error: Exception) -> Handler:
    async def handle(task: ClaimedTask, given: object) -> AsyncIterator[Step]:
        yield Step(progress=10)
        raise error

    return Handler(load=nothing, handle=handle)


async def reading(task: ClaimedTask, given: object) -> AsyncIterator[Step]:
    yield kit.read_step(task)


READING = Handler(load=nothing, handle=reading)


def yielding(step: Step) -> Handler:
    async def handle(task: ClaimedTask, given: object) -> AsyncIterator[Step]:
        yield step

    return Handler(load=nothing, handle=handle)


async def test_steps_are_stored_before_their_events_are_published(bench: Bench) -> None:
    document_id, task_id = await kit.upload(bench.database)
    assert await bench.worker.work(task_id, READING)
    assert bench.published_types()[0] is ChunksCreated
    assert await kit.chunk_count(bench.database, document_id) == 2
    assert (await kit.task_row(bench.database, task_id)).status == "completed"


async def test_a_repeated_or_stale_event_is_acknowledged_without_work(bench: Bench) -> None:
    _, task_id = await kit.upload(bench.database)
    await bench.worker.work(task_id, READING)
    seen = len(bench.published)
    assert not await bench.worker.work(task_id, READING)
    assert not await bench.worker.work("no-such-task", READING)
    assert len(bench.published) == seen


async def test_the_handler_gets_the_rows_loaded_with_the_claim(bench: Bench) -> None:
    _, task_id = await kit.upload(bench.database)
    given_to_handler: list[object] = []

    async def handle(task: ClaimedTask, given: object) -> AsyncIterator[Step]:
        given_to_handler.append(given)
        yield kit.read_step(task)

    await bench.worker.work(task_id, Handler(lambda session, task: task.document_id, handle))
    row = await kit.task_row(bench.database, task_id)
    assert given_to_handler == [row.document_id]


@pytest.mark.parametrize(
    ("error", "status", "code", "attempt"),
    [
        (errors.Encrypted(), "failed", "encrypted", 1),
        (errors.EmbedFailed(), "pending", "embed_failed", 1),
        (errors.Unavailable(), "pending", "internal", 0),
        (RuntimeError("a bug"), "pending", "internal", 1),
    ],
)
async def test_a_failure_ends_the_attempt_as_the_retry_table_says(
    bench: Bench, error: Exception, status: str, code: str, attempt: int
) -> None:
    document_id, task_id = await kit.upload(bench.database)
    await bench.worker.work(task_id, raising(error))
    row = await kit.task_row(bench.database, task_id)
    assert (row.status, row.error_code, row.attempt) == (status, code, attempt)
    document = await kit.document(bench.database, document_id)
    assert document.status == ("failed" if status == "failed" else "processing")
    assert (DocumentFailed in bench.published_types()) == (status == "failed")
    assert "a bug" not in (row.error_message or "")


async def test_a_parser_failure_starts_a_strict_revision(bench: Bench) -> None:
    document_id, task_id = await kit.upload(bench.database)
    await bench.worker.work(task_id, raising(errors.ParserCrash()))
    hints = [event for event in bench.published if isinstance(event, DocumentUploaded)]
    assert [hint.revision for hint in hints] == [2]
    strict = await kit.task_row(bench.database, hints[0].task_id)
    assert strict.strict
    await bench.worker.work(strict.task_id, raising(errors.ParserCrash()))
    document = await kit.document(bench.database, document_id)
    assert (document.status, document.error_code) == ("failed", "parser_crash")


async def test_the_extractor_is_named_as_sender_of_all_its_events(
    bench: Bench,
) -> None:
    async def handle(task: ClaimedTask, given: object) -> AsyncIterator[Step]:
        yield Step(writes=[SaveChunks(kit.chunk_rows(task, 0, 2))], opens=[NewTask("embed", 0)])
        raise errors.ParserCrash

    _, task_id = await kit.upload(bench.database)
    await bench.worker.work(task_id, Handler(load=nothing, handle=handle))
    strict_id = tasks.task_id_for(bench.published[0].document_id, 2, "extract", 0)
    empty = Step(writes=[EndExtraction(0)], last=True)
    await bench.worker.work(strict_id, yielding(empty))
    sent = {event.name for event in bench.published}
    assert {"document.uploaded.v1", "revision.superseded.v1", "document.indexed.v1"} <= sent
    operations = asyncapi.asyncapi_document()["operations"]
    senders = [operations[f"publish_{name.replace('.', '_')}"]["description"] for name in sent]
    assert all("extractor" in each for each in senders), senders


async def test_a_worker_that_lost_its_lease_stops_and_writes_nothing(bench: Bench) -> None:
    document_id, task_id = await kit.upload(bench.database)
    started, slept = asyncio.Event(), asyncio.Event()

    async def handle(task: ClaimedTask, given: object) -> AsyncIterator[Step]:
        started.set()
        await slept.wait()
        yield Step(writes=[SaveChunks(kit.chunk_rows(task, 0, 2))], opens=[NewTask("embed", 0)])

    at_work = asyncio.create_task(bench.worker.work(task_id, Handler(nothing, handle)))
    await started.wait()
    await kit.let_pass(bench.database, kit.LEASE_S + 1)
    other = await kit.must_claim(bench.database, task_id, "other")
    await bench.leases.heartbeat()
    assert await at_work
    assert await kit.chunk_count(bench.database, document_id) == 0
    assert (await kit.task_row(bench.database, task_id)).lease_owner == "other"
    assert other.lease_epoch == 2


async def test_a_heartbeat_does_not_cancel_the_last_step(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, task_id = await kit.upload(bench.database)
    publish = bench.bus.publish

    async def publish_late(events: Sequence[Event]) -> None:
        await bench.leases.heartbeat()
        await publish(events)

    async def handle(task: ClaimedTask, given: object) -> AsyncIterator[Step]:
        yield kit.read_step(task)

    monkeypatch.setattr(bench.bus, "publish", publish_late)
    assert await bench.worker.work(task_id, Handler(nothing, handle))
    assert ChunksCreated in bench.published_types()


async def test_a_cancelled_document_frees_its_worker(bench: Bench) -> None:
    document_id, task_id = await kit.upload(bench.database)
    started = asyncio.Event()

    async def handle(task: ClaimedTask, given: object) -> AsyncIterator[Step]:
        started.set()
        await asyncio.Event().wait()
        yield Step()

    at_work = asyncio.create_task(bench.worker.work(task_id, Handler(nothing, handle)))
    await started.wait()
    await bench.database.transact(lifecycle.cancel, document_id)
    await bench.leases.heartbeat()
    assert await at_work
    assert not await bench.database.read(tasks.has_active_workers, document_id)


async def test_a_task_without_progress_loses_its_lease(database: Database) -> None:
    now = 0.0
    leases = Leases(database, stall_s=60, clock=lambda: now)
    _, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    with leases.hold(task):
        await kit.let_pass(database, kit.LEASE_S - 1)
        await leases.heartbeat()
        now = 61.0
        await kit.let_pass(database, kit.LEASE_S - 1)
        await leases.heartbeat()
        await kit.let_pass(database, 2)
        assert await kit.claim(database, task_id, "other") is not None


async def test_a_stopped_process_releases_its_task_at_once(bench: Bench) -> None:
    _, task_id = await kit.upload(bench.database)
    started = asyncio.Event()

    async def handle(task: ClaimedTask, given: object) -> AsyncIterator[Step]:
        started.set()
        await asyncio.Event().wait()
        yield Step()

    at_work = asyncio.create_task(bench.worker.work(task_id, Handler(nothing, handle)))
    await started.wait()
    at_work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await at_work
    row = await kit.task_row(bench.database, task_id)
    assert (row.status, row.attempt) == ("pending", 0)
    assert await kit.claim(bench.database, task_id, "another") is not None


async def test_chunks_are_counted_after_their_step_is_committed(bench: Bench) -> None:
    def counted() -> float:
        return METRICS.get_sample_value("quire_chunks_total", {"stage": "extract"}) or 0.0

    class FailingWrite:
        def apply(self, session: Session, task: ClaimedTask) -> Written:
            raise errors.Unavailable

    async def fails(task: ClaimedTask, given: object) -> AsyncIterator[Step]:
        yield Step(writes=[SaveChunks(kit.chunk_rows(task, 0, 2)), FailingWrite()])

    async def succeeds(task: ClaimedTask, given: object) -> AsyncIterator[Step]:
        yield kit.read_step(task)

    before = counted()
    _, failing = await kit.upload(bench.database)
    await bench.worker.work(failing, Handler(nothing, fails))
    assert counted() == before
    _, task_id = await kit.upload(bench.database)
    await bench.worker.work(task_id, Handler(nothing, succeeds))
    assert counted() == before + 2


async def test_a_failed_attempt_is_counted_only_if_its_end_is_committed(bench: Bench) -> None:
    def counted() -> float:
        labels = {"task_type": "extract", "action": "retry"}
        return METRICS.get_sample_value("quire_failed_attempts_total", labels) or 0.0

    async def loses_its_lease(task: ClaimedTask, given: object) -> AsyncIterator[Step]:
        await kit.let_pass(bench.database, kit.LEASE_S + 1)
        await kit.must_claim(bench.database, task.task_id, "other")
        raise errors.EmbedFailed
        yield Step()

    before = counted()
    _, lost = await kit.upload(bench.database)
    await bench.worker.work(lost, Handler(nothing, loses_its_lease))
    assert counted() == before
    _, failed = await kit.upload(bench.database)
    await bench.worker.work(failed, raising(errors.EmbedFailed()))
    assert counted() == before + 1
