"""The index made anew: from the vectors of its encoder, and by work for those of any other."""

from __future__ import annotations

import numpy as np

from shared.bus.in_process import InProcessBus
from shared.database.base import Database
from shared.domain.events import DocumentUploaded, Event
from shared.ledger import tasks
from shared.maintenance.rebuild import rebuild
from shared.vectors.base import VectorRow
from shared.vectors.exact import ExactIndex
from tests.support import ledger as kit

ENCODER = "test"


async def half_way(database: Database) -> str:
    """A document whose vectors are made and not yet in the index."""
    document_id, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    events = await kit.commit(database, task, kit.read_step(task))
    task = await kit.must_claim(database, kit.task_ids(events)[0])
    await kit.commit(database, task, kit.embed_step(task))
    return document_id


async def test_known_vectors_are_written_and_nothing_else_stays(database: Database) -> None:
    document_id, task_id = await kit.upload(database)
    await kit.process(database, task_id)
    vectors = ExactIndex(1)
    await vectors.upsert([VectorRow("stray", "text", "d", np.ones(1, np.float32))])
    result = await rebuild(database, vectors, InProcessBus(), encoder=ENCODER)
    assert result == {"vectors": 2, "reprocessed": 0}
    assert len(await vectors.ids("text")) == 2
    assert (await kit.document(database, document_id)).revision == 1


async def test_vectors_of_another_encoder_are_made_again_even_in_mid_work(
    database: Database,
) -> None:
    finished, task_id = await kit.upload(database)
    await kit.process(database, task_id)
    working = await half_way(database)
    bus, heard = InProcessBus(), list[Event]()

    async def listen(event: Event) -> None:
        heard.append(event)

    bus.subscribe_all(listen)
    result = await rebuild(database, ExactIndex(1), bus, encoder="the next")
    assert result == {"vectors": 0, "reprocessed": 2}
    for document_id in (finished, working):
        document = await kit.document(database, document_id)
        assert (document.status, document.revision) == ("pending", 2)
    begun = {event.document_id for event in heard if isinstance(event, DocumentUploaded)}
    assert begun == {finished, working}
    assert await kit.claim(database, tasks.task_id_for(working, 1, "index", 0)) is None
