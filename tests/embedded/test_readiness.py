"""`/readyz` of the embedded system checks the index, the encoder and the bus."""

from __future__ import annotations

from typing import Any

import psutil
import pytest

from services.extractor.sandbox.confine import REQUIRED
from shared.bus.in_process import InProcessBus
from shared.settings import Settings
from shared.worker.sweeper import Sweep, Sweeper
from tests.support import system as kit


async def checks(client: kit.SystemClient) -> tuple[int, dict[str, Any]]:
    response = await client.http.get("/readyz")
    return response.status_code, response.json()["checks"]


def index_process() -> psutil.Process:
    children = psutil.Process().children()
    (child,) = [each for each in children if "shared.vectors.local.server" in each.cmdline()]
    return child


async def test_a_running_system_is_ready(settings: Settings) -> None:
    async with kit.system(settings) as client:
        parts = ("database", "bus", "index", "encoder", "keywords_model", "vectors_model", "disk")
        rules: list[str] = []

        async def is_ready() -> bool:
            status, found = await checks(client)
            rules[:] = found.pop("sandbox")
            return (status, found) == (200, dict.fromkeys(parts, True))

        # The read models are built from the database after the start.
        await kit.until(is_ready)
        assert set(REQUIRED) <= set(rules)


async def test_a_start_takes_over_earlier_work_before_it_does_any(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus, was_consuming = InProcessBus(), []
    take_over = Sweeper.take_over

    async def noted(sweeper: Sweeper, dead_owner: str) -> Sweep:
        was_consuming.append(await bus.is_consuming())
        return await take_over(sweeper, dead_owner)

    monkeypatch.setattr(Sweeper, "take_over", noted)
    async with kit.system(settings, bus):
        pass
    assert was_consuming == [False]


async def test_a_killed_index_is_not_ready_until_it_runs_again(cold_settings: Settings) -> None:
    async with kit.system(cold_settings) as client:
        killed = index_process()
        killed.kill()
        killed.wait()
        status, found = await checks(client)
        assert (status, found["index"]) == (503, False)

        async def is_ready() -> bool:
            return (await checks(client))[0] == 200

        await kit.until(is_ready)
        assert index_process().pid != killed.pid


async def test_a_closed_encoder_is_not_ready(settings: Settings) -> None:
    async with kit.system(settings) as client:
        await client.system.stores.encoder.close()
        status, found = await checks(client)
        assert (status, found["encoder"]) == (503, False)
        assert found["index"]


async def test_a_stopped_bus_is_not_ready(settings: Settings) -> None:
    async with kit.system(settings) as client:
        await client.system.stores.bus.stop()
        status, found = await checks(client)
        assert (status, found["bus"]) == (503, False)
