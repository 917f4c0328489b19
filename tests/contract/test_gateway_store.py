"""The transaction of an upload on every database: concurrent requests write one document."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from services.gateway.idempotency import IdempotencyKey
from services.gateway.uploads import store
from services.gateway.uploads.fields import UploadFields
from services.gateway.uploads.store import UploadedFile, UploadResult
from services.gateway.uploads.temp_file import TempFile
from shared.blobs.base import original_key
from shared.database.base import Database
from shared.domain.errors import AlreadyStored
from shared.http.problems import Refusal
from shared.repositories import blob_removals, documents

RETRIES = 20


def uploaded(text: str) -> UploadedFile:
    return UploadedFile(
        TempFile("a.txt", Path(text)), "txt", hashlib.sha256(text.encode()).hexdigest()
    )


async def written(
    database: Database, *texts: str, key: IdempotencyKey | None = None
) -> UploadResult:
    files = [uploaded(text) for text in texts]
    for _ in range(RETRIES):
        try:
            return await database.transact(store.write_upload, files, UploadFields(), key, "c")
        except AlreadyStored:
            continue
    raise AssertionError("no attempt was accepted")


async def test_concurrent_uploads_of_one_file_make_one_document(database: Database) -> None:
    answers = await asyncio.gather(*(written(database, "x") for _ in range(8)))
    assert sorted(one.response.status for one in answers) == [200] * 7 + [202]
    assert await database.read(documents.count) == 1


async def test_concurrent_uploads_with_one_key_make_one_document(database: Database) -> None:
    key = IdempotencyKey("k", "f")
    answers = await asyncio.gather(*(written(database, "x", key=key) for _ in range(8)))
    assert all(one.response == answers[0].response for one in answers)
    assert sum(len(one.events) for one in answers) == 1


async def test_one_key_for_two_different_requests_accepts_only_one(database: Database) -> None:
    results = await asyncio.gather(
        *(written(database, text, key=IdempotencyKey("k", text)) for text in ("x", "y")),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Refusal) for one in results) == 1
    assert await database.read(documents.count) == 1


async def test_two_requests_with_the_same_files_do_not_wait_for_each_other(
    database: Database,
) -> None:
    async with asyncio.timeout(20):
        await asyncio.gather(written(database, "x", "y", "z"), written(database, "z", "y", "x"))
    assert await database.read(documents.count) == 3


async def test_upload_writes_nothing_while_its_blob_is_being_removed(database: Database) -> None:
    key = original_key(uploaded("x").sha256)
    await database.transact(blob_removals.mark, key, "test")
    with pytest.raises(blob_removals.BlobInRemoval):
        await written(database, "x")
    assert await database.read(documents.count) == 0
    await database.transact(blob_removals.clear, key, "test")
    assert (await written(database, "x")).response.status == 202


async def test_a_removal_mark_stays_until_it_is_cleared(database: Database) -> None:
    for _ in range(2):
        await database.transact(blob_removals.mark, "k", "test")
    assert await database.read(blob_removals.is_marked, "k")
    assert not await database.read(blob_removals.is_referenced, "k")
    await database.transact(blob_removals.clear, "k", "test")
    assert not await database.read(blob_removals.is_marked, "k")
    await written(database, "x")
    assert await database.read(blob_removals.is_referenced, original_key(uploaded("x").sha256))
