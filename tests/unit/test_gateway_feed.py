"""The feed: everyone hears everything once, in order; who comes back misses nothing or is told."""

from __future__ import annotations

from services.gateway.events.feed import EventFeed, entries
from shared.domain.events import DocumentCancelled


async def tell(feed: EventFeed, count: int, document_id: str = "a") -> None:
    for _ in range(count):
        await feed.publish(DocumentCancelled(document_id=document_id))


async def heard(feed: EventFeed, listener: object) -> list[int]:
    """What a listener has waiting once the feed is closed."""
    feed.close()
    return [entry.seq async for entry in entries(listener, 5) if entry]  # type: ignore[arg-type]


async def test_a_listener_hears_what_follows() -> None:
    feed = EventFeed(first_seq=100)
    await tell(feed, 2)
    listener = feed.subscribe()
    await tell(feed, 3)
    assert await heard(feed, listener) == [102, 103, 104]


async def test_a_listener_to_one_document_hears_only_of_it() -> None:
    feed = EventFeed(first_seq=0)
    listener = feed.subscribe("b")
    await tell(feed, 2, "a")
    await tell(feed, 1, "b")
    assert await heard(feed, listener) == [2]


async def test_who_comes_back_gets_what_it_missed() -> None:
    feed = EventFeed(first_seq=10)
    await tell(feed, 2, "a")
    await tell(feed, 2, "b")
    missed = feed.since(10)
    assert missed is not None
    assert [entry.seq for entry in missed] == [11, 12, 13]
    assert [entry.seq for entry in feed.since(10, "b") or ()] == [12, 13]
    assert feed.since(13) == []


async def test_who_was_away_too_long_is_told() -> None:
    feed = EventFeed(first_seq=0, remembered=3)
    await tell(feed, 5)
    assert feed.since(0) is None
    assert [entry.seq for entry in feed.since(1) or ()] == [2, 3, 4]


async def test_a_number_of_another_process_is_not_taken_for_ours() -> None:
    earlier, later = EventFeed(first_seq=1_000), EventFeed(first_seq=2_000)
    await tell(earlier, 3)
    assert later.since(earlier.last_seq) is None
    assert earlier.since(later.last_seq) is None
    assert later.since(later.last_seq) == []


async def test_who_reads_too_slowly_is_let_go_and_holds_up_nobody() -> None:
    feed = EventFeed(first_seq=0, most_waiting=4)
    slow, other = feed.subscribe(), feed.subscribe("b")
    await tell(feed, 5, "a")
    await tell(feed, 1, "b")
    assert await heard(feed, slow) == []
    assert await heard(feed, other) == [5]


async def test_silence_is_told_so_that_a_dead_line_is_noticed() -> None:
    feed = EventFeed()
    listener = feed.subscribe()
    async for entry in entries(listener, 0.001):
        assert entry is None
        break


async def test_a_closed_feed_ends_who_comes_late() -> None:
    feed = EventFeed()
    feed.close()
    assert await heard(feed, feed.subscribe()) == []
