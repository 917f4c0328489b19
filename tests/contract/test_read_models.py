"""A follower keeps a read model equal to the rows, through failures, on each database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from services.query.read_models import check, follower
from services.query.read_models.check import problems
from services.query.read_models.follower import Follower
from shared.bus.base import Consumer
from shared.bus.in_process import InProcessBus
from shared.database.base import Database
from shared.domain.errors import Unavailable
from shared.domain.events import DocumentDeleted
from shared.ledger import lifecycle
from shared.ledger.steps import NewTask, Step, Write
from shared.ledger.writes import ClearDocument, EndExtraction, SaveChunks
from shared.repositories import events
from tests.support import ledger as kit
from tests.support.read_models import FileModel, Following, Killed, indexed, rename, titles
from tests.support.wait import until


@pytest.fixture
async def following(database: Database, tmp_path: Path) -> AsyncIterator[Following]:
    following = Following(database, tmp_path / "model.json")
    await following.start()
    yield following
    await following.stop()


async def test_what_is_indexed_is_in_the_model_once_it_caught_up(following: Following) -> None:
    document_id = await indexed(following.database, title="Handbook")
    assert await following.follower.caught_up(30)
    assert list(following.model.titles.values()) == ["Handbook", "Handbook"]
    assert await following.equals_the_rows()
    await rename(following.database, document_id, "Manual")
    assert await following.equals_the_rows()
    assert set(following.model.titles.values()) == {"Manual"}
    assert following.model.rebuilt == 1


async def test_a_deleted_document_is_not_in_the_model_from_the_request_on(
    following: Following,
) -> None:
    gone = await indexed(following.database)
    await indexed(following.database, title="Kept")
    assert await following.follower.caught_up(30)
    opened = await following.database.transact(lifecycle.request_deletion, gone)
    assert await following.follower.caught_up(30)
    assert set(following.model.titles.values()) == {"Kept"}
    task = await kit.must_claim(following.database, kit.task_ids(opened)[0])
    await kit.commit(following.database, task, Step(writes=[ClearDocument()], last=True))
    assert await following.equals_the_rows()


async def test_a_new_revision_replaces_the_one_before(following: Following) -> None:
    document_id = await indexed(following.database)
    before = set(await titles(following.database))
    opened = await following.database.transact(lifecycle.reprocess, document_id, "again")
    await kit.process(following.database, kit.task_ids(opened)[0])
    assert await following.equals_the_rows()
    assert len(following.model.titles) == 2
    assert not before & set(following.model.titles)


async def test_the_chunks_of_a_cancelled_revision_leave_the_model(following: Following) -> None:
    document_id = await indexed(following.database)
    before = set(await titles(following.database))
    opened = await following.database.transact(lifecycle.reprocess, document_id, "again")
    task = await kit.must_claim(following.database, kit.task_ids(opened)[0])
    rows = [*kit.chunk_rows(task, 0, 2), *kit.chunk_rows(task, 1, 2, first=2)]
    writes: list[Write] = [SaveChunks(rows), EndExtraction(4)]
    opened = await kit.commit(
        following.database,
        task,
        Step(writes, [NewTask("embed", 0), NewTask("embed", 1)], last=True),
    )
    task = await kit.must_claim(following.database, kit.task_ids(opened)[0])
    opened = await kit.commit(following.database, task, kit.embed_step(task))
    task = await kit.must_claim(following.database, kit.task_ids(opened)[0])
    await kit.commit(following.database, task, kit.index_step(task))
    assert await following.equals_the_rows()
    assert len(following.model.titles) == 4
    await following.database.transact(lifecycle.cancel, document_id)
    assert await following.equals_the_rows()
    assert set(following.model.titles) == before


@pytest.mark.parametrize("interrupted", ["rebuild", "apply"])
async def test_a_process_killed_in_the_middle_starts_right_again(
    following: Following, interrupted: str
) -> None:
    database = following.database
    gone = await indexed(database)
    await indexed(database, title="Kept")
    assert await following.follower.caught_up(30)
    await following.stop()
    if interrupted == "rebuild":
        following.path.unlink()
    await database.transact(lifecycle.request_deletion, gone)
    await indexed(database, title="New")
    model = await following.start(Killed())
    await until(lambda: not model.faults)
    await following.stop()
    await following.start()
    assert await following.equals_the_rows()
    assert sorted(following.model.titles.values()) == ["Kept", "Kept", "New", "New"]
    assert following.model.rebuilt == (interrupted == "rebuild")


async def test_a_model_that_fails_is_rebuilt_until_it_succeeds(
    following: Following, caplog: pytest.LogCaptureFixture
) -> None:
    await following.follower.caught_up(30)
    await following.stop()
    model = await following.start(ValueError(), ValueError(), ValueError())
    await indexed(following.database)
    assert await following.equals_the_rows()
    assert not model.faults
    assert model.rebuilt >= 1
    assert "it is rebuilt from the rows" in caplog.text


async def test_a_model_is_not_rebuilt_because_a_server_was_away_for_a_moment(
    following: Following,
) -> None:
    await following.follower.caught_up(30)
    await following.stop()
    model = await following.start(Unavailable(), Unavailable())
    await indexed(following.database)
    assert await following.equals_the_rows()
    assert not model.faults
    assert model.rebuilt == 0


async def test_another_history_of_events_rebuilds_the_model(following: Following) -> None:
    await indexed(following.database)
    assert await following.equals_the_rows()
    before = following.model.rebuilt
    await following.database.transact(events.start_history)
    await indexed(following.database)
    assert await following.equals_the_rows()
    assert following.model.rebuilt == before + 1


async def test_a_model_whose_events_are_no_longer_kept_is_rebuilt(following: Following) -> None:
    await following.follower.caught_up(30)
    await following.stop()
    await indexed(following.database)
    await following.database.transact(events.remove_old, before_s=-60)
    await following.start()
    assert await following.equals_the_rows()
    assert following.model.rebuilt == 1


async def test_a_change_is_followed_without_an_event_of_the_bus_or_a_question(
    following: Following,
) -> None:
    document_id = await indexed(following.database)
    await until(lambda: following.path.exists() and len(following.model.titles) == 2)
    await rename(following.database, document_id, "Manual")
    await until(lambda: set(following.model.titles.values()) == {"Manual"})


async def test_a_question_does_not_wait_for_events_to_be_gathered(following: Following) -> None:
    await following.follower.caught_up(30)
    await following.stop()
    following.gather_s = 3_600.0
    await following.start()
    await until(lambda: following.follower.lags()[0].is_built)
    await following.bus.publish([DocumentDeleted(document_id="of another process")])
    await indexed(following.database)
    assert await following.equals_the_rows()


async def test_questions_do_not_wait_for_a_long_rebuild_again_and_again(
    following: Following,
) -> None:
    await following.stop()
    following.path.unlink(missing_ok=True)
    model = await following.start(hold=True)
    assert not await following.follower.caught_up(0.05)
    assert state(following) == (False, True)
    assert not await following.follower.caught_up(0.001)
    model.hold.set()
    assert await following.equals_the_rows()
    assert state(following) == (True, False)


async def test_a_model_is_ready_once_it_is_built_and_stays_ready_while_it_is_rebuilt(
    following: Following,
) -> None:
    await following.stop()
    following.path.unlink(missing_ok=True)
    model = await following.start(hold=True)
    [is_ready] = following.follower.checks().values()
    await until(lambda: following.follower.lags()[0].is_rebuilt)
    assert not await is_ready()
    model.hold.set()
    await following.follower.caught_up(30)
    assert await is_ready()
    model.hold.clear()
    await following.database.transact(events.start_history)
    await until(lambda: following.follower.lags()[0].is_rebuilt)
    assert await is_ready()


async def test_a_model_that_does_not_follow_is_not_ready(
    following: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    await following.follower.caught_up(30)
    await following.stop()
    following.model.faults = [Unavailable()] * 10_000
    await following.start(*following.model.faults)
    [is_ready] = following.follower.checks().values()
    await until(is_ready)
    await indexed(following.database)
    missing = (await following.database.read(events.position)).seq
    await until(lambda: following.follower.lags()[0].events == missing)
    await until(lambda: following.follower.lags()[0].seconds > 0.01)
    monkeypatch.setattr(follower, "MAX_LAG_S", 0.01)
    assert not await is_ready()
    following.model.faults.clear()
    assert await following.equals_the_rows()
    assert await is_ready()
    [lag] = following.follower.lags()
    assert (lag.events, lag.seconds) == (0, 0.0)


def state(following: Following) -> tuple[bool, bool]:
    [lag] = following.follower.lags()
    return lag.is_built, lag.is_rebuilt


class EarlyBus(InProcessBus):
    """A bus that, like RabbitMQ, delivers to no listener that subscribes after the start."""

    def subscribe_all(self, listener: Consumer) -> Callable[[], None]:
        return (lambda: None) if self._started else super().subscribe_all(listener)


async def test_an_event_of_the_bus_is_heard_though_the_bus_starts_first(
    database: Database, tmp_path: Path
) -> None:
    bus, model = EarlyBus(), FileModel(database, tmp_path / "model.json")
    following = Follower(database, bus, [model], poll_s=3_600.0, gather_s=0.0)
    await bus.start()
    await following.start()
    assert await following.caught_up(30)
    document_id = await indexed(database)
    await bus.publish([DocumentDeleted(document_id=document_id)])
    await until(lambda: len(model.titles) == 2, stalled_after_s=30)
    await following.stop()
    await bus.stop()


async def test_without_models_nothing_is_waited_for(database: Database) -> None:
    without = Follower(database, InProcessBus(), [])
    await without.start()
    assert await without.caught_up()
    assert without.lags() == []
    await without.stop()


async def test_a_model_that_follows_has_no_problem(following: Following) -> None:
    await indexed(following.database)
    assert await problems(following.database, following.follower) == []


async def test_a_model_that_lacks_chunks_is_reported(following: Following) -> None:
    await indexed(following.database)
    await following.follower.caught_up(30)
    place, rows = following.model.read()
    following.model.write(place, dict(list(rows.items())[1:]))
    [problem] = await problems(following.database, following.follower)
    assert problem == "file: it has 1 of 2 chunks"


async def test_a_model_that_lacks_chunks_is_reported_though_a_document_changes_then(
    following: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    await following.stop()
    monkeypatch.setattr(following, "poll_s", 3600.0)
    await following.start()
    await indexed(following.database)
    await following.follower.caught_up(30)
    place, rows = following.model.read()
    following.model.write(place, dict(list(rows.items())[1:]))
    count = following.model.count

    async def change_and_count() -> int:
        monkeypatch.setattr(following.model, "count", count)
        await kit.upload(following.database)  # an event that changes no chunk
        return await count()

    monkeypatch.setattr(following.model, "count", change_and_count)
    [problem] = await problems(following.database, following.follower)
    assert problem == "file: it has 1 of 2 chunks"


async def test_a_model_that_is_built_is_reported(
    following: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "_WAIT_S", 0.01)
    await following.stop()
    following.path.unlink(missing_ok=True)
    await following.start(hold=True)
    [problem] = await problems(following.database, following.follower)
    assert problem == "file: it is being built from the rows"


async def test_a_model_that_does_not_follow_is_reported(
    following: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "_WAIT_S", 0.01)
    await following.follower.caught_up(30)
    await following.stop()
    await following.start(*[Unavailable()] * 10_000)
    await until(lambda: following.follower.lags()[0].is_built)
    await kit.upload(following.database)
    await until(lambda: following.follower.lags()[0].seconds > 0.01)
    [problem] = await problems(following.database, following.follower)
    assert problem == "file: 1 events are not applied yet"
