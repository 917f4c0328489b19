"""Rebuilding the index writes the vectors of its encoder and reprocesses other documents."""

from __future__ import annotations

import numpy as np

from shared.bus.in_process import InProcessBus
from shared.database.base import Database
from shared.domain.events import DocumentUploaded, Event
from shared.ledger import tasks
from shared.maintenance.rebuild import rebuild
from shared.repositories import events
from shared.vectors.base import VectorRow
from shared.vectors.exact import ExactIndex
from tests.support import ledger as kit

ENCODER = "test"


async def embedded_document(database: Database) -> str:
    """Return the id of a document with vectors that are not in the index yet."""
    document_id, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    opened = await kit.commit(database, task, kit.read_step(task))
    task = await kit.must_claim(database, kit.task_ids(opened)[0])
    await kit.commit(database, task, kit.embed_step(task))
    return document_id


async def test_rebuild_writes_stored_vectors_and_removes_all_others(database: Database) -> None:
    document_id, task_id = await kit.upload(database)
    await kit.process(database, task_id)
    vectors = ExactIndex(1)
    await vectors.upsert([VectorRow("orphan", "text", "d", np.ones(1, np.float32))])
    result = await rebuild(database, vectors, InProcessBus(), encoder=ENCODER)
    assert result == {"vectors": 2, "reprocessed": 0}
    assert len(await vectors.ids("text")) == 2
    assert (await kit.document(database, document_id)).revision == 1


async def test_documents_of_another_encoder_are_reprocessed_even_during_work(
    database: Database,
) -> None:
    finished, task_id = await kit.upload(database)
    await kit.process(database, task_id)
    working = await embedded_document(database)
    bus, received = InProcessBus(), list[Event]()

    async def listen(event: Event) -> None:
        received.append(event)

    bus.subscribe_all(listen)
    result = await rebuild(database, ExactIndex(1), bus, encoder="the next")
    assert result == {"vectors": 0, "reprocessed": 2}
    for document_id in (finished, working):
        document = await kit.document(database, document_id)
        assert (document.status, document.revision) == ("pending", 2)
    restarted = {event.document_id for event in received if isinstance(event, DocumentUploaded)}
    assert restarted == {finished, working}
    assert await kit.claim(database, tasks.task_id_for(working, 1, "index", 0)) is None


async def test_a_rebuild_makes_read_models_read_the_rows_too(database: Database) -> None:
    await kit.upload(database)
    before = await database.read(events.position)
    await rebuild(database, ExactIndex(1), InProcessBus(), encoder=ENCODER)
    assert await database.read(events.after, before, 1) is None
