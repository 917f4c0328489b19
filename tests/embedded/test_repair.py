"""`quire verify` and `quire rebuild-index` repair the data of a running system."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from shared.blobs.base import picture_prefix
from shared.database.schema import Chunk, Document, ProcessingTask
from shared.maintenance.rebuild import rebuild
from shared.maintenance.verify import IntegrityCheck
from shared.settings import Settings
from shared.vectors.base import VectorIndex, VectorRow
from tests.embedded.conftest import SAMPLES
from tests.support import system as kit
from tests.support.ledger import chunk_count

WITH_PICTURE = SAMPLES / "SOP-004-visitor-safety.docx"

pytestmark = pytest.mark.usefixtures("warm_starts")


async def test_verify_reports_and_repairs_problems(settings: Settings, samples: list[Path]) -> None:
    async with kit.system(settings) as client:
        ended = await client.ingest(samples)
        index = client.system.stores.index
        ids = sorted(await index.ids("text"))
        # A question waits until the read models have every chunk; one of them is lost below.
        await client.retrieve("alarm delay of the freezer")
        await index.delete_chunks({"text": ids[:3]})
        stuck = ended[1]["document_id"]
        await client.database.transact(lose_chunks, ended[2]["document_id"])
        await client.database.transact(leave_unfinished, stuck)

        report = await client.verify()
        assert not report["ok"]
        assert broken(report) == {"rows", "progress", "vectors", "orphans", "read_models"}

        repaired = await client.verify(repair=True)
        assert {check["name"] for check in repaired["checks"] if not check["ok"]} == {"rows"}
        await client.ended(stuck)
        for status in ended[2:3]:
            await client.http.post(f"{kit.API}/documents/{status['document_id']}/reprocess")
            await client.ended(status["document_id"])

        async def no_problems() -> bool:
            return kit.clean(await client.verify())

        await kit.until(no_problems)


async def test_the_index_is_rebuilt_from_stored_vectors(
    settings: Settings, samples: list[Path]
) -> None:
    async with kit.system(settings) as client:
        await client.ingest(samples)
        expected = await client.retrieve("alarm delay of the freezer")
        await client.system.stores.index.reset()
        assert not any((await client.system.stores.index.count()).values())
        result = await client.system.operations.rebuild_index()
        assert result["vectors"] == await chunk_count(client.database)
        rebuilt = await client.retrieve("alarm delay of the freezer")
        assert [p["chunk_id"] for p in rebuilt] == [p["chunk_id"] for p in expected]
        assert kit.clean(await client.verify())


Restore = Callable[[kit.SystemClient, VectorIndex], Awaitable[object]]


async def repair(client: kit.SystemClient, index: VectorIndex) -> None:
    stores = client.system.stores
    check = IntegrityCheck(stores.database, index, stores.blobs, stores.bus)
    report = await check.verify(repair=True)
    assert report["ok"], report


async def rebuild_index(client: kit.SystemClient, index: VectorIndex) -> None:
    stores = client.system.stores
    await rebuild(stores.database, index, stores.bus, encoder=stores.encoder.name)


async def delete_document(client: kit.SystemClient, document_id: str) -> None:
    url = f"{kit.API}/documents/{document_id}"
    assert (await client.http.delete(url)).status_code == 202

    async def gone() -> bool:
        return await chunk_count(client.database, document_id) == 0

    await kit.until(gone)


async def replace_revision(client: kit.SystemClient, document_id: str) -> None:
    kept = await chunk_count(client.database, document_id)
    await client.http.post(f"{kit.API}/documents/{document_id}/reprocess")
    await client.ended(document_id)

    async def replaced() -> bool:
        return await chunk_count(client.database, document_id) == kept

    await kit.until(replaced)


@pytest.mark.parametrize("restore", [repair, rebuild_index])
@pytest.mark.parametrize("remove", [delete_document, replace_revision])
async def test_chunks_removed_during_a_repair_stay_removed(
    settings: Settings,
    samples: list[Path],
    restore: Restore,
    remove: Callable[[kit.SystemClient, str], Awaitable[None]],
) -> None:
    async with kit.system(settings) as client:
        document_id = (await client.ingest(samples[:2]))[0]["document_id"]
        index = client.system.stores.index
        await index.delete_document(document_id)
        await restore(client, InterruptedIndex(index, lambda: remove(client, document_id)))
        assert kit.clean(await client.verify())


async def test_a_removal_in_progress_is_not_reported(settings: Settings) -> None:
    async with kit.system(settings) as client:
        document_id = (await client.ingest([WITH_PICTURE]))[0]["document_id"]
        await client.system.stores.index.delete_document(document_id)
        remove_pictures(client, document_id)
        await client.database.transact(begin_removal, document_id)
        report = await client.verify()
        found = {check["name"]: check["problems"] for check in report["checks"]}
        assert not found["vectors"]
        assert not found["bytes"]


async def test_a_lost_picture_and_a_changed_one_are_reported(settings: Settings) -> None:
    async with kit.system(settings) as client:
        document_id = (await client.ingest([WITH_PICTURE]))[0]["document_id"]
        blobs = client.system.stores.blobs
        for key in pictures(client, document_id):
            blobs.put(key, b"another picture")
        assert broken(await client.verify()) == {"bytes"}
        remove_pictures(client, document_id)
        assert broken(await client.verify()) == {"bytes"}


async def test_a_document_that_is_deleted_while_its_file_is_checked_is_not_reported(
    settings: Settings, samples: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kit.system(settings) as client:
        document_id = (await client.ingest(samples[:1]))[0]["document_id"]
        stores = client.system.stores
        loop = asyncio.get_running_loop()

        def path(key: str) -> Path:
            deleted = delete_document(client, document_id)
            asyncio.run_coroutine_threadsafe(deleted, loop).result()
            raise FileNotFoundError(key)

        monkeypatch.setattr(stores.blobs, "path", path)
        check = IntegrityCheck(stores.database, stores.index, stores.blobs, stores.bus)
        assert broken(await check.verify()) == set()


class InterruptedIndex:
    """An index that awaits `before` just before its first write."""

    def __init__(self, index: VectorIndex, before: Callable[[], Awaitable[None]]) -> None:
        self._index = index
        self._before: Callable[[], Awaitable[None]] | None = before

    async def upsert(self, rows: Sequence[VectorRow]) -> None:
        if self._before is not None:
            before, self._before = self._before, None
            await before()
        await self._index.upsert(rows)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)


def broken(report: dict[str, Any]) -> set[str]:
    """Return the names of the checks that found problems."""
    return {check["name"] for check in report["checks"] if check["problems"]}


def pictures(client: kit.SystemClient, document_id: str) -> list[str]:
    """Return the keys of a document's pictures; it has some."""
    found = list(client.system.stores.blobs.keys(picture_prefix(document_id)))
    assert found
    return found


def remove_pictures(client: kit.SystemClient, document_id: str) -> None:
    """Remove a document's pictures, as its removal does before it deletes its rows."""
    for key in pictures(client, document_id):
        client.system.stores.blobs.remove(key)


def begin_removal(session: Session, document_id: str) -> None:
    """Set the state of a document whose vectors are being deleted before its rows."""
    session.execute(
        update(Document).where(Document.document_id == document_id).values(status="deleting")
    )


def lose_chunks(session: Session, document_id: str) -> None:
    """Delete one chunk of a document without updating its counts."""
    first = select(Chunk.chunk_id).where(Chunk.document_id == document_id).limit(1)
    session.execute(delete(Chunk).where(Chunk.chunk_id.in_(first.scalar_subquery())))


def leave_unfinished(session: Session, document_id: str) -> None:
    """Leave a document unfinished without any task to run."""
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
