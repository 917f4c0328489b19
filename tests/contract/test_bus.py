"""The contract of every bus, tested in one process and on RabbitMQ."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest

from shared.bus.base import Bus
from shared.bus.in_process import InProcessBus
from shared.bus.rabbitmq import Names, RabbitBus
from shared.domain.events import ChunksCreated, DocumentDeleted, DocumentUploaded, Event


@pytest.fixture(params=["in process", "rabbitmq"])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    opened: Bus = InProcessBus()
    if request.param == "rabbitmq":
        names = Names(f"test-{uuid.uuid4().hex[:8]}")
        opened = RabbitBus(request.getfixturevalue("rabbitmq_url"), groups={}, names=names)
    yield opened
    await opened.stop()


class Heard:
    """A consumer that records events and lets a test wait for them."""

    def __init__(self, *, fail_first: bool = False) -> None:
        self.events: list[Event] = []
        self._arrived = asyncio.Condition()
        self._fail = fail_first

    async def __call__(self, event: Event) -> None:
        async with self._arrived:
            self.events.append(event)
            self._arrived.notify_all()
        if self._fail:
            self._fail = False
            raise RuntimeError("first delivery")

    async def wait_for(self, count: int) -> list[Event]:
        async with self._arrived, asyncio.timeout(10):
            await self._arrived.wait_for(lambda: len(self.events) >= count)
        return self.events


def uploaded(document_id: str = "d") -> DocumentUploaded:
    return DocumentUploaded(document_id=document_id, task_id="t")


async def test_a_group_gets_each_of_its_events_once(bus: Bus) -> None:
    heard = Heard()
    bus.subscribe([DocumentUploaded], heard, group="extractor", at_once=3)
    await bus.start()
    sent = [uploaded(str(number)) for number in range(20)]
    await bus.publish([*sent, DocumentDeleted(document_id="d")])
    assert sorted(event.event_id for event in await heard.wait_for(20)) == sorted(
        event.event_id for event in sent
    )


async def test_every_group_gets_the_event(bus: Bus) -> None:
    first, second = Heard(), Heard()
    bus.subscribe([DocumentUploaded], first, group="extractor", at_once=1)
    bus.subscribe([DocumentUploaded], second, group="auditor", at_once=1)
    await bus.start()
    await bus.publish([uploaded()])
    assert await first.wait_for(1) == await second.wait_for(1)


async def test_a_listener_gets_every_event_until_it_unsubscribes(bus: Bus) -> None:
    heard = Heard()
    unsubscribe = bus.subscribe_all(heard)
    await bus.start()
    events: list[Event] = [uploaded(), DocumentDeleted(document_id="d")]
    await bus.publish(events)
    assert await heard.wait_for(2) == events
    unsubscribe()
    await bus.publish([uploaded()])
    assert len(heard.events) == 2


async def test_a_consumer_that_fails_does_not_stop_its_group(bus: Bus) -> None:
    heard = Heard(fail_first=True)
    bus.subscribe([DocumentUploaded], heard, group="extractor", at_once=1)
    await bus.start()
    await bus.publish([uploaded("a"), uploaded("b")])
    assert len(await heard.wait_for(2)) >= 2


@pytest.mark.parametrize("at_once", [1, 3])
async def test_a_lane_runs_at_most_at_once_consumers(bus: Bus, at_once: int) -> None:
    heard, working, most = Heard(), 0, 0

    async def consume(event: Event) -> None:
        nonlocal working, most
        working += 1
        most = max(most, working)
        await asyncio.sleep(0.01)
        working -= 1
        await heard(event)

    bus.subscribe([DocumentUploaded], consume, group="extractor", at_once=at_once)
    await bus.start()
    await bus.publish([uploaded(str(number)) for number in range(20)])
    await heard.wait_for(20)
    assert most == at_once


async def test_a_blocked_bulk_event_does_not_delay_an_interactive_one(bus: Bus) -> None:
    release = asyncio.Event()
    heard = Heard()

    async def consume(event: Event) -> None:
        if isinstance(event, ChunksCreated) and event.bulk:
            await release.wait()
        await heard(event)

    bus.subscribe([ChunksCreated], consume, group="embedder", at_once=1)
    await bus.start()
    later = [
        ChunksCreated(document_id="long", task_id=str(batch), batch=batch, bulk=True)
        for batch in (1, 2, 3)
    ]
    await bus.publish([*later, ChunksCreated(document_id="short", task_id="s", batch=0)])
    assert [event.document_id for event in await heard.wait_for(1)] == ["short"]
    release.set()
    assert len(await heard.wait_for(4)) == 4


async def test_events_published_before_the_start_are_delivered() -> None:
    bus, heard = InProcessBus(), Heard()
    bus.subscribe([DocumentUploaded], heard, group="extractor", at_once=1)
    await bus.publish([uploaded()])
    await bus.start()
    assert len(await heard.wait_for(1)) == 1


async def test_a_first_batch_is_delivered_before_later_batches_of_a_long_document() -> None:
    bus, heard = InProcessBus(), Heard()
    bus.subscribe([ChunksCreated], heard, group="embedder", at_once=1)
    long_one = [
        ChunksCreated(document_id="long", task_id=str(batch), batch=batch) for batch in range(9)
    ]
    await bus.publish([*long_one, ChunksCreated(document_id="short", task_id="s", batch=0)])
    await bus.start()
    order = [event.document_id for event in await heard.wait_for(10)]
    await bus.stop()
    assert order.index("short") == 1
