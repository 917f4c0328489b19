"""A user's documents in the running system: reprocess, cancel, delete."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from shared.domain.events import DocumentDeleted, Event, RevisionSuperseded
from shared.settings import Settings
from shared.vectors.local import folder_lock
from tests.support import system as kit
from tests.support.ledger import chunk_count

pytestmark = pytest.mark.usefixtures("warm_starts")


async def heard(client: kit.SystemClient, event_type: type[Event]) -> asyncio.Event:
    """Return an event that is set when one of the type is published."""
    arrived = asyncio.Event()

    async def listen(event: Event) -> None:
        if isinstance(event, event_type):
            arrived.set()

    client.system.stores.bus.subscribe_all(listen)
    return arrived


async def test_a_document_is_processed_found_and_deleted_everywhere(
    settings: Settings, samples: list[Path]
) -> None:
    async with kit.system(settings) as client:
        ended = await client.ingest(samples)
        assert {status["status"] for status in ended} == {"completed"}
        assert kit.clean(await client.verify())
        target = ended[0]["document_id"]
        found = await client.retrieve("temperature of the freezer", document_ids=[target])
        assert found and {passage["document_id"] for passage in found} == {target}

        gone = await heard(client, DocumentDeleted)
        answer = await client.http.delete(f"{kit.API}/documents/{target}")
        assert answer.status_code == 202
        passages = await client.retrieve("temperature of the freezer")
        assert target not in {passage["document_id"] for passage in passages}
        async with asyncio.timeout(60):
            await gone.wait()
        assert (await client.http.get(f"{kit.API}/documents/{target}")).status_code == 410
        assert await chunk_count(client.database, target) == 0
        assert kit.clean(await client.verify())
        again = await client.upload(samples[0])
        assert again["document_id"] != target
        assert (await client.ended(again["document_id"]))["status"] == "completed"


async def test_a_document_is_found_while_it_is_reprocessed(
    settings: Settings, samples: list[Path]
) -> None:
    async with kit.system(settings) as client:
        document_id = (await client.ingest(samples[:1]))[0]["document_id"]
        before = await kit.snapshot(client.database)
        retired = await heard(client, RevisionSuperseded)
        answer = await client.http.post(f"{kit.API}/documents/{document_id}/reprocess")
        assert answer.status_code == 202
        while (await client.http.get(f"{kit.API}/processing/status/{document_id}")).json()[
            "status"
        ] != "completed":
            assert await client.retrieve("temperature")
            await asyncio.sleep(0.02)
        kept = len(next(iter(before.values()))["chunks"])

        async def only_the_new_revision_is_left() -> bool:
            return await chunk_count(client.database) == kept

        await asyncio.wait_for(retired.wait(), 60)
        await kit.until(only_the_new_revision_is_left)
        kit.assert_same(await kit.snapshot(client.database), before)
        assert kit.clean(await client.verify())


async def test_a_cancelled_document_is_not_found_and_can_be_processed_again(
    settings: Settings, samples: list[Path]
) -> None:
    async with kit.system(settings) as client:
        document_id = (await client.upload(samples[0]))["document_id"]
        answer = await client.http.post(f"{kit.API}/documents/{document_id}/cancel")
        assert answer.status_code == 202
        assert (await client.ended(document_id))["status"] == "cancelled"
        assert await client.retrieve("temperature") == []
        await client.http.post(f"{kit.API}/documents/{document_id}/reprocess")
        assert (await client.ended(document_id))["status"] == "completed"
        assert await client.retrieve("temperature")


async def test_a_second_process_on_one_data_folder_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_lock, "WAIT_S", 0.1)
    async with kit.system(settings):
        with pytest.raises(Exception, match="data folder"):
            async with kit.system(settings):
                pass
