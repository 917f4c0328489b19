"""Chunks are encoded with the names of their document and section; known texts are not."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from services.embedder.handlers import Embedding
from shared.database.base import Database
from shared.ledger import lifecycle
from shared.ledger.steps import ClaimedTask, NewTask, Step
from shared.ledger.writes import EndExtraction, NotePages, SaveChunks
from shared.repositories import chunks
from tests.support import ledger as kit
from tests.support.fakes import AsyncEncoder

SECTION = "4 Storage"


@pytest.fixture
def embedding() -> Embedding:
    return Embedding(AsyncEncoder())


async def opened(database: Database, title: str) -> ClaimedTask:
    """Return the claimed embed task of a document with two chunks."""
    _, task_id = await kit.upload(database, name="samples_and_labels.pdf", title=title)
    task = await kit.must_claim(database, task_id)
    rows = [row | {"section": SECTION} for row in kit.chunk_rows(task, 0, 2)]
    step = Step(
        writes=[SaveChunks(rows), NotePages(1, 1), EndExtraction(2)],
        opens=[NewTask("embed", 0)],
        last=True,
    )
    (embed,) = kit.task_ids(await kit.commit(database, task, step))
    return await kit.must_claim(database, embed)


async def embed(database: Database, embedding: Embedding, task: ClaimedTask) -> list[str]:
    """Run the task and return the texts that had no vector."""
    batch = await database.read(embedding.load, task)
    steps = [step async for step in embedding.embed(task, batch)]
    await kit.commit(database, task, steps[0])
    return [text for id_, text in batch.texts.items() if batch.hashes[id_] not in batch.known]


async def test_title_and_section_are_encoded_with_the_content(
    database: Database, embedding: Embedding
) -> None:
    task = await opened(database, "Labels")
    expected = [f"Labels. {SECTION}\npassage {n}" for n in range(2)]
    assert await embed(database, embedding, task) == expected
    stored = await database.read(chunks.of_document, task.document_id, 1)
    assert [chunk.content for chunk in stored] == ["passage 0", "passage 1"]
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in expected]
    assert [chunk.vector_hash for chunk in stored] == hashes
    vectors = await database.read(chunks.known_vectors, hashes, embedding.encoder.name)
    wanted = await embedding.encoder.encode(expected)
    for hashed, vector in zip(hashes, wanted, strict=True):
        assert np.array_equal(np.frombuffer(vectors[hashed], "<f4"), vector)


async def test_the_file_name_replaces_a_missing_title(
    database: Database, embedding: Embedding
) -> None:
    texts = await embed(database, embedding, await opened(database, ""))
    assert texts[0] == f"samples and labels. {SECTION}\npassage 0"


async def test_only_the_same_text_in_the_same_context_is_not_encoded_again(
    database: Database, embedding: Embedding
) -> None:
    await embed(database, embedding, await opened(database, "Labels"))
    assert await embed(database, embedding, await opened(database, "Labels")) == []
    assert len(await embed(database, embedding, await opened(database, "Forms"))) == 2


async def test_a_new_title_is_encoded_when_the_document_is_processed_again(
    database: Database, embedding: Embedding
) -> None:
    task = await opened(database, "Labels")
    await embed(database, embedding, task)
    await database.transact(lifecycle.change_details, task.document_id, {"title": "Forms"})
    batch = await database.read(embedding.load, task)
    assert batch.known == {}
