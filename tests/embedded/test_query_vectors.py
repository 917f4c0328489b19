"""Vectors in memory are those of the rows, and caches never serve what has changed."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from services.query.retrieval.caches import QuestionVectors, Recent
from shared.database.schema import Chunk, Document
from shared.domain.events import Event, RevisionSuperseded
from shared.repositories import events
from shared.telemetry.metrics import METRICS
from tests.support.fakes import AsyncEncoder
from tests.support.query_service import Library, library, small_library


@pytest.fixture
async def documents(tmp_path: Path) -> AsyncIterator[Library]:
    async with small_library(tmp_path) as opened:
        yield opened


async def changed(documents: Library, *events_: Event, **values: object) -> None:
    """Change columns of the chunks of all documents, and record events."""

    def run(session: Session) -> None:
        if values:
            session.execute(update(Chunk).values(**values))
        events.record(session, events_)

    await documents.database.transact(run)
    assert await documents.follower.caught_up(30)


async def in_memory(documents: Library, document_ids: Iterable[str]) -> int:
    assert await documents.follower.caught_up(30)
    assert documents.vectors.matrix is not None
    return sum(len(documents.vectors.matrix.chunk_ids(each)) for each in document_ids)


def hits(cache: str) -> float:
    return (
        METRICS.get_sample_value("quire_query_cache_total", {"cache": cache, "result": "hit"}) or 0
    )


async def test_indexed_chunks_are_in_memory_until_their_document_is_removed(
    documents: Library,
) -> None:
    kept, gone = await documents.add("alarm", "delay"), await documents.add("gate")
    await documents.add("not indexed yet", indexed=False)
    assert await in_memory(documents, [kept, gone]) == 3
    assert len(documents.vectors.matrix or ()) == 3
    await documents.set(gone, status="deleting", live_revision=None)
    assert await in_memory(documents, [kept, gone]) == 2


async def test_chunks_of_older_revisions_leave_the_memory(documents: Library) -> None:
    document_id = await documents.add("old", {"content": "new", "revision": 2, "ordinal": 1})
    await documents.set(document_id, revision=2, status="processing")
    assert await in_memory(documents, [document_id]) == 2
    superseded = RevisionSuperseded(document_id=document_id, revision=2, task_id=str(uuid.uuid4()))
    await changed(documents, superseded)
    assert await in_memory(documents, [document_id]) == 1


async def test_the_index_is_searched_while_a_chunk_has_a_vector_of_another_encoder(
    documents: Library,
) -> None:
    first, second = await documents.add("alarm"), await documents.add("gate")
    await changed(documents, encoder="another encoder")
    await documents.set(first, title="read again")
    assert await documents.follower.caught_up(30)
    assert documents.vectors.matrix is None
    await changed(documents, encoder=documents.encoder.name)
    for each in (first, second):
        await documents.set(each, title="embedded again")
    assert await in_memory(documents, [first, second]) == 2


async def test_more_vectors_than_fit_are_searched_in_the_index(documents: Library) -> None:
    limited = library(documents.database, documents.index, exact_chunks=2)
    async with limited as opened:
        await opened.add("alarm", "delay")
        assert await in_memory(opened, []) == 0
        assert await opened.contents("alarm") == ["alarm", "delay"]
        await opened.add("alarm of the gate")
        assert await opened.contents("alarm", top_k=2) == ["alarm", "alarm of the gate"]
        assert opened.vectors.matrix is None


async def test_a_question_asked_again_is_neither_encoded_nor_searched(documents: Library) -> None:
    await documents.add("alarm delay of freezers")
    vectors, passages = hits("vectors"), hits("passages")
    first = await documents.retrieve("alarm delay")
    assert await documents.retrieve("alarm delay") == first
    assert (hits("passages"), hits("vectors")) == (passages + 1, vectors)
    await documents.retrieve("alarm delay", top_k=3)
    assert (hits("passages"), hits("vectors")) == (passages + 1, vectors + 1)
    assert documents.encoder.queries == 1


async def test_a_changed_or_hidden_document_is_never_served_from_the_cache(
    documents: Library,
) -> None:
    document_id = await documents.add("alarm delay of freezers", title="Old")
    assert [each["title"] for each in await documents.retrieve("alarm")] == ["Old"]
    await documents.set(document_id, title="New")
    assert [each["title"] for each in await documents.retrieve("alarm")] == ["New"]
    await documents.set(document_id, live_revision=None)
    assert await documents.retrieve("alarm") == []


async def test_hidden_chunks_take_no_place_among_those_that_are_scored_again(
    documents: Library,
) -> None:
    hidden = await documents.add(*(f"alarm alarm alarm {number}" for number in range(10)))
    await documents.add(*(f"alarm of door number {number}" for number in range(85)))
    assert await documents.follower.caught_up(30)
    without_event = update(Document).where(Document.document_id == hidden)
    await documents.database.transact(
        lambda session: session.execute(without_event.values(live_revision=None))
    )
    reply = await documents.client.post("/api/v1/query/retrieve", json={"query": "alarm"})
    assert reply.json()["chunks_reranked"] == 80
    assert all("door" in each["content"] for each in reply.json()["passages"])


async def test_scopes_and_numbers_of_passages_are_kept_apart(documents: Library) -> None:
    await documents.add("alarm of the gate", collection="a")
    await documents.add("alarm of the lift", collection="b")
    for filters, found in (({}, 2), ({"collection": "a"}, 1), ({"collection": "none"}, 0)):
        assert len(await documents.retrieve("alarm", filters=filters)) == found
    assert len(await documents.retrieve("alarm", top_k=1)) == 1


def test_a_cache_drops_what_was_not_used_for_longest() -> None:
    cache: Recent[str, int] = Recent("vectors", 2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert [cache.get(key) for key in "abc"] == [1, None, 3]


async def test_vectors_of_two_encoders_are_not_mixed_up() -> None:
    encoder = AsyncEncoder()
    vectors = QuestionVectors(encoder)
    await vectors.of("alarm")
    encoder.name = "another"
    await vectors.of("alarm")
    assert encoder.queries == 2
