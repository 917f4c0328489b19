"""What waits for a listener: every change once and in order, of progress only the last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from services.gateway.events.feed import EventFeed
from services.gateway.events.frames import Frame, frame, update
from services.gateway.events.listener import Listener
from shared.domain.events import EVENTS
from shared.domain.position import Position, parse_position
from shared.http import sse
from shared.repositories.events import StoredEvent


def stored(seq: int, name: str = "document.changed.v1", of: str = "a", **data: Any) -> StoredEvent:
    return StoredEvent(seq, name, of, "manuals", data, datetime.now(UTC))


def change(seq: int, of: str = "a") -> Frame:
    made = update(stored(seq, of=of), "e")
    assert made is not None
    return made


def progress(seq: int, percent: float, of: str = "a") -> Frame:
    made = update(stored(seq, "document.progressed.v1", of, progress=percent), "e")
    assert made is not None
    return made


def listener(at: int = 0, most: int = 100) -> Listener:
    return Listener("me", Position("e", at), most)


def taken(waiting: Listener) -> list[int]:
    frames = iter(waiting.take, None)
    return [told.place.seq for told in frames if told is not None and told.place]


def test_progress_of_one_document_coalesces_and_changes_of_state_never() -> None:
    hears = listener()
    for told in (
        change(1),
        progress(2, 10),
        progress(3, 20, "b"),
        change(4),
        progress(5, 30),
        change(6, "b"),
        progress(7, 40),
    ):
        hears.put(told)
    assert taken(hears) == [1, 3, 4, 6, 7]


def test_what_a_listener_knows_is_not_sent_again() -> None:
    hears = listener(at=2)
    for seq in (1, 2, 3):
        hears.put(change(seq))
    assert taken(hears) == [3]
    assert hears.place.seq == 3


def test_a_slow_reader_is_let_go_with_the_place_to_come_back_to() -> None:
    hears = listener(most=3)
    for seq in range(1, 4):
        hears.put(change(seq))
    assert hears.take() == change(1) or hears.place.seq == 1
    for seq in range(4, 6):
        hears.put(change(seq))
    assert hears.ended == "too_slow"
    assert hears.take() is None
    assert hears.place == Position("e", 1)


def test_progress_alone_makes_no_reader_slow() -> None:
    hears = listener(most=2)
    for seq in range(1, 50):
        hears.put(progress(seq, seq, "a" if seq % 2 else "b"))
    assert not hears.ended
    assert taken(hears) == [48, 49]


def test_a_resync_takes_the_place_of_what_waits() -> None:
    hears = listener(at=5)
    hears.put(change(6))
    hears.resync(Position("other", 2), "why")
    told = hears.take()
    assert told is not None
    assert (told.type, orjson.loads(told.text)["id"]) == ("resync", "other-2")
    assert hears.place == Position("other", 2)


async def test_a_waiting_reader_is_woken_by_a_frame_and_by_the_end() -> None:
    hears = listener()
    waiting = asyncio.create_task(hears.wait())
    await asyncio.sleep(0)
    hears.put(change(1))
    await waiting
    hears.take()
    waiting = asyncio.create_task(hears.wait())
    await asyncio.sleep(0)
    hears.end("stopping")
    await waiting


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_clients_are_told_of_documents_and_not_of_hints_between_services(name: str) -> None:
    internal: dict[str, Any] = {"event_id": "i", "task_id": "t", "bulk": False, "revision": 2}
    told = update(stored(7, name, **internal), "e")
    assert (told is not None) == name.startswith("document.")
    if told is not None:
        body = orjson.loads(told.text)
        assert (body["type"], body["id"], body["event"]) == ("processing_update", "e-7", name)
        assert body["data"] == {"revision": 2}
        assert told.sse() == b"id: e-7\nevent: processing_update\ndata: %s\n\n" % told.text


def test_a_document_without_text_is_told_as_such() -> None:
    told = update(stored(1, "document.indexed.v1", status="completed_empty"), "e")
    assert told is not None
    assert orjson.loads(told.text)["status"] == "completed_empty"


def test_a_heartbeat_moves_the_place_of_a_client_without_an_event() -> None:
    assert frame("heartbeat", Position("e", 9)).sse() == b": still here\nid: e-9\n\n"


def test_a_bye_says_when_to_come_back_in_the_way_of_both_doors() -> None:
    told = frame("bye", Position("e", 9), reason="stopping", retry_ms=700)
    assert orjson.loads(told.text) == {
        "type": "bye",
        "id": "e-9",
        "reason": "stopping",
        "retry_ms": 700,
    }
    assert b"\nretry: 700\n" in b"\n" + told.sse()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("3f2b-6a54-17", Position("3f2b-6a54", 17)),
        ("-0", Position("", 0)),
        ("17", None),
        ("e-", None),
        ("e-1 ", None),
        ("e-1234567890123456789", None),
        ("", None),
    ],
)
def test_a_place_is_read_as_it_is_written(text: str, place: Position | None) -> None:
    assert parse_position(text) == place
    assert place is None or str(place) == text


@pytest.mark.parametrize("size", [1, 7, 1_000])
async def test_a_stream_is_read_however_it_is_cut(size: int) -> None:
    sent = sse.frame("chunk", {"text": "a\n\nb"}, seq=3) + sse.HEARTBEAT + sse.frame("done", {})

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(sent), size):
            yield sent[start : start + size]

    assert [each async for each in sse.events(pieces())] == [
        ("3", "chunk", b'{"text":"a\\n\\nb"}'),
        ("", "done", b"{}"),
    ]


def test_clients_are_told_to_come_back_at_different_times() -> None:
    feed = EventFeed(None)  # type: ignore[arg-type]
    assert feed.retry_ms(lambda least, most: most) == 1_000
    assert feed.retry_ms(lambda least, most: least) == 250
    feed._listeners = {listener() for _ in range(3_000)}
    assert feed.retry_ms(lambda least, most: most) == 6_000
