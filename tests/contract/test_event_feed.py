"""Listeners get every change once and in order, whichever gateway they are at, on each database."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from sqlalchemy.orm import Session
from sqlalchemy.util import await_only

from services.gateway.events import stream as streams
from services.gateway.events.feed import EventFeed
from services.gateway.events.frames import Frame
from services.gateway.events.listener import ALL
from services.gateway.events.stream import Stream
from services.gateway.events.visibility import Visibility
from shared.database import open_notices
from shared.database.base import Database
from shared.domain.caller import LOCAL, as_caller
from shared.domain.errors import Unavailable
from shared.domain.events import DocumentChanged, DocumentProgressed
from shared.http.problems import Refusal
from shared.repositories import at_commit, events
from shared.repositories.access import CallerDatabase

WITHIN_S = 20


def change(session: Session, *documents: str) -> None:
    events.record(session, [DocumentChanged(document_id=each) for each in documents])


def progress(session: Session, document_id: str, percents: range) -> None:
    told = [
        DocumentProgressed(document_id=document_id, progress=each, current_step="reading")
        for each in percents
    ]
    events.record(session, told)


@contextlib.asynccontextmanager
async def running(database: Database, **options: Any) -> AsyncIterator[EventFeed]:
    feed = EventFeed(database, **({"gather_s": 0.0} | options))
    await feed.start()
    try:
        yield feed
    finally:
        await feed.stop()


class Follower:
    """A client of a feed; `seen` has the frames that it got."""

    def __init__(self, feed: EventFeed, database: Database) -> None:
        self._feed = feed
        self._database = database
        self.seen: list[Frame] = []

    async def begin(self, after: str | None = None, topics: tuple[str, ...] = (ALL,)) -> None:
        with as_caller(LOCAL):
            listener = await self._feed.subscribe("me")
            self.stream = Stream(self._feed, listener, Visibility(CallerDatabase(self._database)))
            self.seen += [each async for each in self.stream.add(set(topics), after)]

    async def until(self, count: int, type_: str = "processing_update") -> list[dict[str, Any]]:
        """Return the contents of the first `count` frames of a type."""
        live = self.stream.live()
        with as_caller(LOCAL):
            async with asyncio.timeout(WITHIN_S):
                while len(found := self.told(type_)) < count:
                    self.seen.append(await anext(live))
        return found

    def told(self, type_: str = "processing_update") -> list[dict[str, Any]]:
        return [orjson.loads(each.text) for each in self.seen if each.type == type_]


def documents(frames: list[dict[str, Any]]) -> list[str]:
    return [each["document_id"] for each in frames]


def numbers(frames: list[dict[str, Any]]) -> list[int]:
    return [int(each["id"].rpartition("-")[2]) for each in frames]


async def test_a_listener_hears_what_is_committed_without_any_hint(database: Database) -> None:
    async with running(database, poll_s=0.01) as feed:
        client = Follower(feed, database)
        await client.begin()
        await database.transact(change, "a", "b")
        assert documents(await client.until(2)) == ["a", "b"]


async def test_a_new_topic_at_the_end_of_a_stream_hides_nothing_that_waits(
    database: Database,
) -> None:
    async with running(database) as feed:
        follower = Follower(feed, database)
        await follower.begin()
        (begun,) = follower.told("subscribed")
        feed.close()
        with as_caller(LOCAL):
            assert [each async for each in follower.stream.add({"document:x"}, None)] == []
        (bye,) = await follower.until(1, "bye")
        assert bye["id"] == begun["id"]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_the_database_wakes_the_gateways_itself(database: Database) -> None:
    async with running(database, poll_s=600) as feed:
        url = database.url.render_as_string(hide_password=False)
        notices = open_notices(url, events.CHANNEL, feed.hint)
        assert notices is not None
        await notices.start()
        client = Follower(feed, database)
        await client.begin()
        await database.transact(change, "a")
        assert documents(await client.until(1)) == ["a"]
        await database.transact(change, "b")
        assert documents(await client.until(2)) == ["a", "b"]
        await notices.stop()


async def test_heartbeats_of_a_quiet_topic_move_over_the_events_of_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.05)
    async with running(database, poll_s=0.01) as feed:
        quiet, loud = Follower(feed, database), Follower(feed, database)
        await quiet.begin(topics=("document:x",))
        await loud.begin()
        await database.transact(change, *"abcde")
        last = (await loud.until(5))[-1]["id"]
        beats = await quiet.until(1, "heartbeat")
        async with asyncio.timeout(WITHIN_S):
            while beats[-1]["id"] != last:
                beats = await quiet.until(len(beats) + 1, "heartbeat")
        await database.transact(change, "x")
        assert documents(await quiet.until(1)) == ["x"]


async def test_two_gateways_tell_the_same_numbers(database: Database) -> None:
    await database.transact(change, "before")
    async with running(database, poll_s=0.01) as one, running(database, poll_s=0.01) as other:
        first, second = Follower(one, database), Follower(other, database)
        await first.begin()
        await second.begin()
        await asyncio.gather(*(database.transact(change, str(n)) for n in range(10)))
        assert await first.until(10) == await second.until(10)


async def test_a_client_continues_at_another_gateway_that_was_just_started(
    database: Database,
) -> None:
    async with running(database, poll_s=0.01) as one:
        client = Follower(one, database)
        await client.begin()
        await database.transact(change, "a", "b", "c")
        seen = (await client.until(3))[0]["id"]
    for remembered in (1, 100):  # from the database, and from memory
        async with running(database, poll_s=0.01, remembered=remembered) as other:
            again = Follower(other, database)
            await again.begin(after=seen)
            await database.transact(change, "d")
            found = await again.until(3)
            assert documents(found)[:2] == ["b", "c"]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_two_slow_transactions_hide_no_event(database: Database) -> None:
    """The second takes its number later and would commit earlier, if it could."""
    slow_began, go_on = asyncio.Event(), asyncio.Event()

    def slow(session: Session) -> None:
        change(session, "slow")
        at_commit._store_gathered(session)
        slow_began.set()
        await_only(go_on.wait())

    async with running(database, poll_s=0.01) as feed:
        client = Follower(feed, database)
        await client.begin()
        slower = asyncio.create_task(database.transact(slow))
        await slow_began.wait()
        faster = asyncio.create_task(database.transact(change, "fast"))
        await asyncio.sleep(0.1)
        assert not client.stream._listener._waiting
        go_on.set()
        await asyncio.gather(slower, faster)
        found = await client.until(2)
    assert documents(found) == ["slow", "fast"]
    assert numbers(found)[1] == numbers(found)[0] + 1


@pytest.mark.parametrize("after", ["17", "other-1", "nonsense", "{epoch}-999999"])
async def test_a_place_that_is_not_known_gets_one_resync(database: Database, after: str) -> None:
    await database.transact(change, "a")
    epoch = (await database.read(events.position)).epoch
    async with running(database, poll_s=0.01) as feed:
        client = Follower(feed, database)
        await client.begin(after=after.format(epoch=epoch))
        assert [each.type for each in client.seen] == ["resync", "subscribed"]
        assert client.seen[0].place == await database.read(events.position)
        await database.transact(change, "b")
        assert documents(await client.until(1)) == ["b"]


async def test_another_history_makes_listeners_read_the_state_again(database: Database) -> None:
    async with running(database, poll_s=0.01) as feed:
        client = Follower(feed, database)
        await client.begin()
        await database.transact(events.start_history)
        (told,) = await client.until(1, "resync")
        assert told["id"] == str(await database.read(events.position))
        await database.transact(change, "a")
        assert documents(await client.until(1)) == ["a"]


async def test_missed_progress_is_told_once_and_missed_changes_all(database: Database) -> None:
    place = str(await database.read(events.position))
    await database.transact(progress, "a", range(1, 30))
    await database.transact(change, "a", "a")
    for remembered in (1, 100):
        async with running(database, poll_s=0.01, remembered=remembered) as feed:
            client = Follower(feed, database)
            await client.begin(after=place)
            found = client.told()
            assert [each["event"] for each in found] == [
                "document.progressed.v1",
                "document.changed.v1",
                "document.changed.v1",
            ]
            assert found[0]["data"]["progress"] == 29


async def test_topics_select_documents_and_can_be_added_and_dropped(database: Database) -> None:
    async with running(database, poll_s=0.01) as feed:
        client = Follower(feed, database)
        await client.begin(topics=("document:a", "document:b"))
        await database.transact(change, "a", "c", "b")
        assert documents(await client.until(2)) == ["a", "b"]
        before = client.told()[0]["id"]
        client.stream.drop({"document:a"})
        with as_caller(LOCAL):
            client.seen += [each async for each in client.stream.add({"document:c"}, before)]
        assert documents(client.told()) == ["a", "b", "c"]
        await database.transact(change, "a", "b", "c")
        assert documents(await client.until(5))[3:] == ["b", "c"]


async def test_listeners_have_ceilings_in_all_and_for_each_caller(database: Database) -> None:
    async with running(database, most=3, most_of_one=2) as feed:
        mine = [await feed.subscribe("me") for _ in range(2)]
        with pytest.raises(Refusal) as refused:
            await feed.subscribe("me")
        assert refused.value.problem.status == 429
        await feed.subscribe("you")
        with pytest.raises(Refusal) as refused:
            await feed.subscribe("they")
        assert refused.value.problem.status == 503
        feed.unsubscribe(mine[0])
        await feed.subscribe("they")
        assert feed.listening == 3


async def test_a_stopping_gateway_says_bye_with_the_place_to_continue_at(
    database: Database,
) -> None:
    async with running(database, poll_s=0.01) as feed:
        client = Follower(feed, database)
        await client.begin()
        await database.transact(change, "a")
        (seen,) = await client.until(1)
        feed.close()
        (told,) = await client.until(1, "bye")
        assert (told["reason"], told["id"]) == ("stopping", seen["id"])
        assert told["retry_ms"] > 0
        late = Follower(feed, database)
        await late.begin()
        assert (await late.until(1, "bye"))[0]["reason"] == "stopping"


async def test_a_stream_ends_before_a_change_whose_readers_are_not_known(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes back to that change: a right that can't be looked up hides and shows nothing."""
    async with running(database, poll_s=0.01) as feed:
        client = Follower(feed, database)
        await client.begin()
        place = client.seen[-1].place
        await database.transact(change, "a")
        (seen,) = await client.until(1)

        async def fail(_: Visibility, document_id: str) -> bool:
            raise Unavailable

        monkeypatch.setattr(Visibility, "of", fail)
        await database.transact(change, "b")
        (told,) = await client.until(1, "bye")
        assert (told["reason"], told["id"]) == ("unavailable", seen["id"])
        again = Follower(feed, database)
        await again.begin(after=str(place))
        (told,) = await again.until(1, "bye")
        assert (told["id"], len(again.seen)) == (str(place), 1)


async def test_a_feed_that_can_read_nothing_refuses_listeners(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.gateway.events.feed.BEGIN_WITHIN_S", 0.01)
    with pytest.raises(Unavailable):
        await EventFeed(database).subscribe("me")
