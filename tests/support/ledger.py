"""Actions for tests of the ledger: open a document, claim its tasks, let time pass."""

from __future__ import annotations

import hashlib
import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from shared.database.base import Database
from shared.database.schema import Chunk, Document, EventRow, ProcessingTask
from shared.domain.events import Event, TaskEvent
from shared.ledger import lifecycle
from shared.ledger.commit import commit_step
from shared.ledger.steps import ClaimedTask, NewTask, Step
from shared.ledger.tasks import claim as claim_task
from shared.ledger.writes import EndExtraction, MarkIndexed, NotePages, SaveChunks, SaveVectors
from shared.repositories import documents, tasks

LEASE_S = 30.0


def new_document(name: str = "a.pdf", **values: Any) -> Document:
    """Return a document with a new id and hash."""
    document_id = str(uuid.uuid4())
    sha256 = hashlib.sha256(document_id.encode()).hexdigest()
    defaults = {"file_name": name, "file_type": "pdf", "sha256": sha256, "file_path": f"o/{sha256}"}
    return Document(document_id=document_id, **(defaults | values))


async def upload(database: Database, **values: Any) -> tuple[str, str]:
    """Store a new document; return its id and the id of its extract task."""
    document = new_document(**values)
    document_id = document.document_id
    events = await database.transact(lifecycle.create_document, document)
    return document_id, task_ids(events)[0]


def task_ids(events: list[Event]) -> list[str]:
    return [event.task_id for event in events if isinstance(event, TaskEvent)]


async def claim(database: Database, task_id: str, owner: str = "worker") -> ClaimedTask | None:
    def run(session: Session) -> ClaimedTask | None:
        task = claim_task(session, task_id, owner=owner, lease_s=LEASE_S)
        if task is not None and task.stage.starts_document:
            lifecycle.begin(session, task)
        return task

    return await database.transact(run)


async def must_claim(database: Database, task_id: str, owner: str = "worker") -> ClaimedTask:
    task = await claim(database, task_id, owner)
    assert task is not None
    return task


async def commit(database: Database, task: ClaimedTask, step: Step) -> list[Event]:
    return (await database.transact(commit_step, task, step)).events


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def chunk_rows(task: ClaimedTask, batch: int, count: int, first: int = 0) -> list[dict[str, Any]]:
    return [
        {
            "chunk_id": str(uuid.uuid5(uuid.UUID(task.document_id), f"{task.revision}/{ordinal}")),
            "document_id": task.document_id,
            "revision": task.revision,
            "batch": batch,
            "ordinal": ordinal,
            "content": f"passage {ordinal}",
            "chunk_type": "text",
            "token_count": 2,
            "text_hash": sha256_of(f"passage {ordinal}"),
            "page_num": 1,
        }
        for ordinal in range(first, first + count)
    ]


def read_step(task: ClaimedTask, *, chunks: int = 2) -> Step:
    """Return the step that reads a whole document in one batch."""
    return Step(
        writes=[SaveChunks(chunk_rows(task, 0, chunks)), NotePages(1, 1), EndExtraction(chunks)],
        opens=[NewTask("embed", 0)] if chunks else [],
        last=True,
    )


def embed_step(task: ClaimedTask, *, chunks: int = 2) -> Step:
    vectors = {row["chunk_id"]: b"\0\0\x80?" for row in chunk_rows(task, 0, chunks)}
    hashes = {chunk_id: sha256_of(chunk_id) for chunk_id in vectors}
    return Step(
        writes=[SaveVectors(vectors, hashes, "test")],
        opens=[NewTask("index", task.batch)],
        last=True,
    )


def index_step(task: ClaimedTask, *, chunks: int = 2) -> Step:
    ids = [row["chunk_id"] for row in chunk_rows(task, 0, chunks)]
    return Step(writes=[MarkIndexed(ids)], last=True)


async def process(database: Database, task_id: str) -> list[Event]:
    """Process a document to the end; return the events of its last step."""
    task = await must_claim(database, task_id)
    events = await commit(database, task, read_step(task))
    task = await must_claim(database, task_ids(events)[0])
    events = await commit(database, task, embed_step(task))
    task = await must_claim(database, task_ids(events)[0])
    return await commit(database, task, index_step(task))


async def let_pass(database: Database, seconds: float) -> None:
    """Move all times of all tasks into the past by `seconds`."""

    def run(session: Session) -> None:
        for task in session.scalars(select(ProcessingTask)):
            values = {
                name: getattr(task, name) - timedelta(seconds=seconds)
                for name in ("lease_expires_at", "next_attempt_at", "hinted_at", "deadline_at")
                if getattr(task, name) is not None
            }
            session.execute(
                update(ProcessingTask)
                .where(ProcessingTask.task_id == task.task_id)
                .values(**values)
            )

    await database.transact(run)


async def document(database: Database, document_id: str) -> Document:
    found = await database.read(documents.get, document_id)
    assert found is not None
    return found


async def task_row(database: Database, task_id: str) -> ProcessingTask:
    found = await database.read(tasks.get, task_id)
    assert found is not None
    return found


async def chunk_count(database: Database, document_id: str | None = None) -> int:
    """Return the number of stored chunks, of one document if given."""
    query = select(func.count()).select_from(Chunk)
    if document_id is not None:
        query = query.where(Chunk.document_id == document_id)
    return await database.read(lambda session: session.scalar(query) or 0)


def kept_events(session: Session) -> list[int]:
    """Return the numbers of the events that are kept, in order."""
    return list(session.scalars(select(EventRow.seq).order_by(EventRow.seq)))
