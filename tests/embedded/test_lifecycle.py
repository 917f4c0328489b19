"""A user's documents in the running system: reprocess, cancel, delete, verify, rebuild."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from shared.events import DocumentDeleted, Event, RevisionSuperseded
from shared.schema import Chunk, Document, ProcessingTask
from shared.settings import Settings
from shared.store import chunks
from tests import system_kit as kit


async def retrieve(client: kit.Client, query: str, **body: object) -> list[dict[str, object]]:
    response = await client.http.post(
        f"{kit.API}/query/retrieve", json={"query": query, "top_k": 10, **body}
    )
    assert response.status_code == 200, response.text
    return list(response.json()["passages"])


async def heard(client: kit.Client, event_type: type[Event]) -> asyncio.Event:
    """Set when an event of the type is published."""
    arrived = asyncio.Event()

    async def listen(event: Event) -> None:
        if isinstance(event, event_type):
            arrived.set()

    client.system.stores.bus.listen(listen)
    return arrived


async def test_a_document_is_read_found_and_deleted_everywhere(
    settings: Settings, samples: list[Path]
) -> None:
    async with kit.system(settings) as client:
        ended = await client.ingest(samples)
        assert {status["status"] for status in ended} == {"completed"}
        assert kit.clean(await client.verify())
        target = ended[0]["document_id"]
        found = await retrieve(client, "temperature of the freezer", document_ids=[target])
        assert found and {passage["document_id"] for passage in found} == {target}

        gone = await heard(client, DocumentDeleted)
        answer = await client.http.delete(f"{kit.API}/documents/{target}")
        assert answer.status_code == 202
        passages = await retrieve(client, "temperature of the freezer")
        assert target not in {passage["document_id"] for passage in passages}
        async with asyncio.timeout(60):
            await gone.wait()
        assert (await client.http.get(f"{kit.API}/documents/{target}")).status_code == 410
        assert await client.database.read(chunks.count, target) == 0
        assert kit.clean(await client.verify())
        again = await client.upload(samples[0])
        assert again["document_id"] != target
        assert (await client.ended(again["document_id"]))["status"] == "completed"


async def test_a_reprocessed_document_answers_all_the_while(
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
            assert await retrieve(client, "temperature")
            await asyncio.sleep(0.02)
        kept = len(next(iter(before.values()))["chunks"])

        async def only_the_new_revision_is_left() -> bool:
            return await client.database.read(chunks.count) == kept

        await asyncio.wait_for(retired.wait(), 60)
        await kit.eventually(only_the_new_revision_is_left)
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
        assert await retrieve(client, "temperature") == []
        await client.http.post(f"{kit.API}/documents/{document_id}/reprocess")
        assert (await client.ended(document_id))["status"] == "completed"
        assert await retrieve(client, "temperature")


async def test_verify_finds_what_is_broken_and_repairs_it(
    settings: Settings, samples: list[Path]
) -> None:
    async with kit.system(settings) as client:
        ended = await client.ingest(samples)
        vectors = client.system.stores.vectors
        ids = sorted(await vectors.ids("text"))
        await vectors.delete_chunks({"text": ids[:3]})
        stuck = ended[1]["document_id"]
        await client.database.transact(lose_chunks, ended[2]["document_id"])
        await client.database.transact(leave_unfinished, stuck)

        report = await client.verify()
        broken = {check["name"] for check in report["checks"] if check["problems"]}
        assert not report["ok"]
        assert broken == {"rows", "progress", "vectors", "orphans"}

        await client.verify(repair=True)
        await client.ended(stuck)
        for status in ended[2:3]:
            await client.http.post(f"{kit.API}/documents/{status['document_id']}/reprocess")
            await client.ended(status["document_id"])

        async def all_is_well() -> bool:
            return kit.clean(await client.verify())

        await kit.eventually(all_is_well)


async def test_the_index_is_rebuilt_from_stored_vectors(
    settings: Settings, samples: list[Path]
) -> None:
    async with kit.system(settings) as client:
        await client.ingest(samples)
        expected = await retrieve(client, "alarm delay of the freezer")
        await client.system.stores.vectors.reset()
        assert await retrieve(client, "alarm delay of the freezer") == []
        result = await client.system.operations.rebuild_index()
        assert result["vectors"] == await client.database.read(chunks.count)
        rebuilt = await retrieve(client, "alarm delay of the freezer")
        assert [p["chunk_id"] for p in rebuilt] == [p["chunk_id"] for p in expected]
        assert kit.clean(await client.verify())


async def test_one_data_folder_has_one_process(settings: Settings) -> None:
    async with kit.system(settings):
        with pytest.raises(Exception, match="data folder"):
            async with kit.system(settings):
                pass


def lose_chunks(session: Session, document_id: str) -> None:
    """Somebody deleted a row by hand."""
    first = select(Chunk.chunk_id).where(Chunk.document_id == document_id).limit(1)
    session.execute(delete(Chunk).where(Chunk.chunk_id.in_(first.scalar_subquery())))


def leave_unfinished(session: Session, document_id: str) -> None:
    """Somebody cancelled tasks by hand: nothing will move the document any more."""
    session.execute(
        update(Document)
        .where(Document.document_id == document_id)
        .values(status="processing", progress=50)
    )
    session.execute(
        update(ProcessingTask)
        .where(ProcessingTask.document_id == document_id)
        .values(status="cancelled")
    )
