"""Messages are hints: a bus that loses, duplicates and reorders them changes nothing."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from shared.bus.base import Consumer
from shared.bus.in_process import InProcessBus
from shared.domain.events import Event, TaskEvent
from shared.settings import Settings
from tests.embedded.conftest import sample_paths
from tests.support import system as kit
from tests.support.encoders import SmallModel

pytestmark = pytest.mark.usefixtures("warm_starts")

Stored = dict[str, dict[str, Any]]


class UnrulyBus:
    """Drops every second task event, doubles every third, and hands the rest over out of order."""

    def __init__(self, seed: int) -> None:
        self._bus = InProcessBus()
        self._random = random.Random(seed)
        self._seen = 0
        self._held: list[Event] = []
        self.dropped = 0
        self.duplicated = 0

    def subscribe(
        self, event_types: Sequence[type[Event]], consumer: Consumer, *, group: str, at_once: int
    ) -> None:
        self._bus.subscribe(event_types, consumer, group=group, at_once=at_once)

    def subscribe_all(self, listener: Consumer) -> Callable[[], None]:
        return self._bus.subscribe_all(listener)

    async def publish(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, TaskEvent):
                self._disturb(event)
            else:
                await self._bus.publish([event])
        if self._random.random() < 0.7:
            self._random.shuffle(self._held)
            await self._bus.publish(self._held)
            self._held.clear()

    def _disturb(self, event: Event) -> None:
        self._seen += 1
        if self._seen % 2 == 0:
            self.dropped += 1
        elif self._seen % 3 == 0:
            self.duplicated += 1
            self._held += [event, event]
        else:
            self._held.append(event)

    async def is_consuming(self) -> bool:
        return await self._bus.is_consuming()

    async def start(self) -> None:
        await self._bus.start()

    async def stop(self) -> None:
        await self._bus.stop()


@pytest.fixture(scope="module")
def undisturbed(small_model: SmallModel, tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """Return the rows that a system with an orderly bus stores of the samples."""
    folder = tmp_path_factory.mktemp("undisturbed")
    settings = Settings(_env_file=None, data_dir=folder, **small_model.settings)

    async def run() -> Stored:
        async with kit.system(settings) as client:
            await client.ingest(sample_paths())
            return await kit.snapshot(client.database)

    return asyncio.run(run())


@pytest.mark.parametrize("seed", [1, 2])
async def test_lost_duplicated_and_reordered_events_end_in_the_same_state(
    undisturbed: Stored, settings: Settings, samples: list[Path], seed: int
) -> None:
    impatient = settings.model_copy(update={"sweep_seconds": 0.1, "hint_seconds": 0.3})
    bus = UnrulyBus(seed)
    async with kit.system(impatient, bus) as client:
        await client.ingest(samples)
        assert kit.clean(await client.verify())
        kit.assert_same(await kit.snapshot(client.database), undisturbed)
    assert bus.dropped > 5 and bus.duplicated > 1


class HangingBus(InProcessBus):
    """Publishes nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = asyncio.Event()

    async def publish(self, events: Sequence[Event]) -> None:
        if events:
            await self.let_go.wait()
        await super().publish(events)


async def test_no_client_waits_for_the_bus(settings: Settings, samples: list[Path]) -> None:
    bus = HangingBus()
    async with kit.system(settings, bus) as client:
        async with asyncio.timeout(30):
            first, second = [await client.upload(path) for path in samples[:2]]
            url = f"{kit.API}/documents/{second['document_id']}"
            assert (await client.http.delete(url)).status_code == 202
        bus.let_go.set()
        assert (await client.ended(first["document_id"]))["status"] == "completed"
