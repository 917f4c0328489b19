"""An accepted upload keeps its blob, even if a removal of the same bytes stalls at any point."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from services.gateway.dependencies import GatewayDeps
from services.gateway.disk_space import DiskSpace
from services.gateway.events.feed import EventFeed
from services.gateway.page_client import PageClient
from services.gateway.uploads import store
from services.gateway.uploads.fields import UploadFields
from services.gateway.uploads.store import UploadedFile, store_upload
from services.gateway.uploads.temp_file import TempFile
from services.indexer.handlers import Indexing, Remains
from shared.blobs.folder import FolderBlobs
from shared.bus.in_process import InProcessBus
from shared.database import sql
from shared.database.base import Database, P, T, Transaction
from shared.database.schema import BlobRemoval
from shared.domain.errors import Unavailable
from shared.ledger import lifecycle
from shared.maintenance import orphan_blobs
from shared.repositories import blob_removals
from shared.settings import Settings
from shared.worker import sweeper
from tests.support import ledger as kit
from tests.support.gateway import Operated, echo_query


class StalledBlobs(FolderBlobs):
    """Blobs whose `remove` waits for `release` once it has begun."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.begun, self.release = threading.Event(), threading.Event()

    def remove(self, key: str) -> None:
        self.begun.set()
        assert self.release.wait(60)
        super().remove(key)


def received(folder: Path, text: str = "some text") -> UploadedFile:
    temp = TempFile("a.txt", folder / "received")
    temp.feed(text.encode())
    temp.close()
    return UploadedFile(temp, "txt", temp.sha256)


async def upload(database: Database, blobs: FolderBlobs, file: UploadedFile) -> int:
    async def ready() -> dict[str, bool]:
        return {}

    settings, disk = Settings(_env_file=None), DiskSpace(blobs.incoming().parent, 0)
    deps = GatewayDeps(
        settings,
        database,
        blobs,
        InProcessBus(),
        echo_query,
        PageClient(""),
        Operated(),
        ready,
        disk,
        EventFeed(database),
    )
    result = await store_upload(deps, [file], UploadFields(), key=None, correlation_id="c")
    return result.response.status


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Return an event that is set when an upload waits for a removal; it waits without a limit."""
    waiting = asyncio.Event()
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        waiting.set()
        await sleep(seconds)

    monkeypatch.setattr(asyncio, "sleep", noted)
    monkeypatch.setattr(store, "_PAUSES_S", (0.05,) * 1000)
    return waiting


async def remove_orphan(database: Database, blobs: FolderBlobs, key: str) -> None:
    await orphan_blobs.remove(database, blobs, [key])


async def delete_document(database: Database, blobs: FolderBlobs, key: str) -> None:
    """Delete a document with this blob, which removes the blob."""
    document_id, _ = await kit.upload(database, file_path=key)
    events = await database.transact(lifecycle.request_deletion, document_id)
    task = await kit.must_claim(database, kit.task_ids(events)[0])

    async def may_remove(key: str, owner: str) -> bool:
        return await database.read(blob_removals.may_remove, key, owner)

    indexing = Indexing(AsyncMock(), blobs, "indexer:test", may_remove)
    remains = Remains(chunks={}, blob_key=key, busy=False)
    async for step in indexing.delete(task, remains):
        await kit.commit(database, task, step)


Remove = Callable[[Database, FolderBlobs, str], Coroutine[Any, Any, None]]
removals = pytest.mark.parametrize("remove", [remove_orphan, delete_document])


@removals
async def test_a_stalled_removal_keeps_a_blob_uploaded_after_another_removal(
    database: Database, tmp_path: Path, waits: asyncio.Event, remove: Remove
) -> None:
    file, stalling = received(tmp_path), StalledBlobs(tmp_path / "blobs")
    blobs = FolderBlobs(tmp_path / "blobs")
    blobs.put(file.blob_key, b"some text")
    stalled = asyncio.create_task(remove(database, stalling, file.blob_key))
    await asyncio.to_thread(stalling.begun.wait)
    await remove(database, blobs, file.blob_key)
    assert not blobs.exists(file.blob_key)
    uploading = asyncio.create_task(upload(database, blobs, file))
    waiting = asyncio.create_task(waits.wait())
    await asyncio.wait({uploading, waiting}, return_when=asyncio.FIRST_COMPLETED)
    stalling.release.set()
    await stalled
    assert await uploading == 202
    waiting.cancel()
    assert blobs.path(file.blob_key).read_bytes() == b"some text"


@removals
async def test_a_removal_halted_past_its_mark_leaves_the_blob(
    database: Database, tmp_path: Path, remove: Remove
) -> None:
    file, blobs = received(tmp_path), FolderBlobs(tmp_path / "blobs")
    blobs.put(file.blob_key, b"some text")
    sleeping = StalledReads(database)
    stalled = asyncio.create_task(remove(sleeping, blobs, file.blob_key))
    await sleeping.begun.wait()
    await database.transact(let_marks_pass, blob_removals.EXPIRED_AFTER_S + 1)
    assert await upload(database, blobs, file) == 202
    sleeping.release.set()
    await stalled
    assert blobs.path(file.blob_key).read_bytes() == b"some text"


async def test_a_removal_halted_after_its_mark_does_not_begin(database: Database) -> None:
    await database.transact(blob_removals.mark, "k", "a")
    assert await database.read(blob_removals.may_remove, "k", "a")
    assert not await database.read(blob_removals.may_remove, "k", "b")
    await database.transact(let_marks_pass, blob_removals.BEGIN_WITHIN_S + 1)
    assert not await database.read(blob_removals.may_remove, "k", "a")
    assert await database.read(blob_removals.is_marked, "k")


async def test_marks_of_a_dead_process_and_expired_ones_are_cleared(database: Database) -> None:
    for owner in ("embedded:dead:1", "indexer:alive:2"):
        await database.transact(blob_removals.mark, "k", owner)
    await database.transact(sweeper.sweep, hint_after_s=60, dead_owner="embedded:")
    assert not await database.read(blob_removals.may_remove, "k", "embedded:dead:1")
    assert await database.read(blob_removals.may_remove, "k", "indexer:alive:2")
    assert await database.transact(blob_removals.remove_expired) == 0
    await database.transact(let_marks_pass, blob_removals.EXPIRED_AFTER_S + 1)
    assert await database.transact(blob_removals.remove_expired) == 1


def let_marks_pass(session: Session, seconds: float) -> None:
    """Make every mark this much older."""
    session.execute(update(BlobRemoval).values(created_at=sql.now(-seconds)))


class StalledReads:
    """A database whose reads wait for `release`."""

    def __init__(self, database: Database) -> None:
        self.url = database.url
        self.transact, self.close, self._read = database.transact, database.close, database.read
        self.version = database.version
        self.begun, self.release = asyncio.Event(), asyncio.Event()

    async def read(self, fn: Transaction[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        self.begun.set()
        await self.release.wait()
        return await self._read(fn, *args, **kwargs)


async def test_an_upload_gives_up_while_its_blob_stays_marked(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, blobs = received(tmp_path), FolderBlobs(tmp_path / "blobs")
    monkeypatch.setattr(store, "_PAUSES_S", (0.0,))
    await database.transact(blob_removals.mark, file.blob_key, "a")
    with pytest.raises(Unavailable, match="is being removed right now"):
        await upload(database, blobs, file)
