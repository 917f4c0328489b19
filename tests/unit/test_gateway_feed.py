"""The feed delivers every event once and in order, and replays events after a reconnect."""

from __future__ import annotations

from services.gateway.events.feed import EventFeed, entries
from shared.domain.events import DocumentCancelled


async def tell(feed: EventFeed, count: int, document_id: str = "a") -> None:
    for _ in range(count):
        await feed.publish(DocumentCancelled(document_id=document_id))


async def heard(feed: EventFeed, listener: object) -> list[int]:
    """Return the messages that wait for a listener, after closing the feed."""
    feed.close()
    return [entry.seq async for entry in entries(listener, 5) if entry]  # type: ignore[arg-type]


async def test_a_listener_receives_later_events() -> None:
    feed = EventFeed(first_seq=100)
    await tell(feed, 2)
    listener = feed.subscribe()
    await tell(feed, 3)
    assert await heard(feed, listener) == [102, 103, 104]


async def test_a_listener_to_one_document_receives_only_its_events() -> None:
    feed = EventFeed(first_seq=0)
    listener = feed.subscribe("b")
    await tell(feed, 2, "a")
    await tell(feed, 1, "b")
    assert await heard(feed, listener) == [2]


async def test_a_reconnected_listener_receives_missed_events() -> None:
    feed = EventFeed(first_seq=10)
    await tell(feed, 2, "a")
    await tell(feed, 2, "b")
    missed = feed.since(10)
    assert missed is not None
    assert [entry.seq for entry in missed] == [11, 12, 13]
    assert [entry.seq for entry in feed.since(10, "b") or ()] == [12, 13]
    assert feed.since(13) == []


async def test_a_listener_that_missed_too_many_events_is_told() -> None:
    feed = EventFeed(first_seq=0, remembered=3)
    await tell(feed, 5)
    assert feed.since(0) is None
    assert [entry.seq for entry in feed.since(1) or ()] == [2, 3, 4]


async def test_an_event_number_of_another_process_is_not_accepted() -> None:
    earlier, later = EventFeed(first_seq=1_000), EventFeed(first_seq=2_000)
    await tell(earlier, 3)
    assert later.since(earlier.last_seq) is None
    assert earlier.since(later.last_seq) is None
    assert later.since(later.last_seq) == []


async def test_a_slow_listener_is_dropped_and_does_not_delay_others() -> None:
    feed = EventFeed(first_seq=0, max_waiting=4)
    slow, other = feed.subscribe(), feed.subscribe("b")
    await tell(feed, 5, "a")
    await tell(feed, 1, "b")
    assert await heard(feed, slow) == []
    assert await heard(feed, other) == [5]


async def test_heartbeats_are_sent_while_there_are_no_events() -> None:
    feed = EventFeed()
    listener = feed.subscribe()
    async for entry in entries(listener, 0.001):
        assert entry is None
        break


async def test_a_closed_feed_ends_new_listeners() -> None:
    feed = EventFeed()
    feed.close()
    assert await heard(feed, feed.subscribe()) == []
