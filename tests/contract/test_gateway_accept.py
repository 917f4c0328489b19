"""Accepting an upload, on every database: once, whatever happens at the same time."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from services.gateway.idempotency import Once
from services.gateway.uploads import store
from services.gateway.uploads.fields import UploadFields
from services.gateway.uploads.store import Accepted, BlobInRemoval, Offer
from services.gateway.uploads.temp_file import IncomingFile
from shared.blobs.base import original_key
from shared.database.base import Database
from shared.http.problems import Refusal
from shared.repositories import blob_removals, documents

RETRIES = 20


def offer(text: str) -> Offer:
    return Offer(
        IncomingFile("a.txt", Path(text)), "txt", hashlib.sha256(text.encode()).hexdigest()
    )


async def accepted(
    database: Database, *texts: str, once: Once | None = None, stored: bool = True
) -> Accepted:
    offers = [offer(text) for text in texts]
    for _ in range(RETRIES):
        try:
            return await database.transact(
                store.accept, offers, UploadFields(), once, "c", lambda key: stored
            )
        except IntegrityError:
            continue
    raise AssertionError("it never ends")


async def test_the_same_file_many_times_at_once_is_one_document(database: Database) -> None:
    answers = await asyncio.gather(*(accepted(database, "x") for _ in range(8)))
    assert sorted(one.answer.status for one in answers) == [200] * 7 + [202]
    assert await database.read(documents.count) == 1


async def test_one_key_many_times_at_once_is_one_document(database: Database) -> None:
    once = Once("k", "f")
    answers = await asyncio.gather(*(accepted(database, "x", once=once) for _ in range(8)))
    assert all(one.answer == answers[0].answer for one in answers)
    assert sum(len(one.events) for one in answers) == 1


async def test_one_key_for_two_requests_at_once_lets_one_pass(database: Database) -> None:
    results = await asyncio.gather(
        *(accepted(database, text, once=Once("k", text)) for text in ("x", "y")),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Refusal) for one in results) == 1
    assert await database.read(documents.count) == 1


async def test_two_requests_with_the_same_files_do_not_wait_for_each_other(
    database: Database,
) -> None:
    async with asyncio.timeout(20):
        await asyncio.gather(accepted(database, "x", "y", "z"), accepted(database, "z", "y", "x"))
    assert await database.read(documents.count) == 3


@pytest.mark.parametrize("stored", [True, False])
async def test_a_blob_that_may_go_is_not_counted_on(database: Database, stored: bool) -> None:
    key = original_key(offer("x").sha256)
    if stored:
        await database.transact(blob_removals.mark, key)
    with pytest.raises(BlobInRemoval):
        await accepted(database, "x", stored=stored)
    assert await database.read(documents.count) == 0
    await database.transact(blob_removals.clear, key)
    assert (await accepted(database, "x")).answer.status == 202


async def test_marks_of_removals(database: Database) -> None:
    for _ in range(2):
        await database.transact(blob_removals.mark, "k")
    assert await database.read(blob_removals.is_marked, "k")
    assert not await database.read(blob_removals.is_referenced, "k")
    await database.transact(blob_removals.clear, "k")
    assert not await database.read(blob_removals.is_marked, "k")
    await accepted(database, "x")
    assert await database.read(blob_removals.is_referenced, original_key(offer("x").sha256))
