"""The functions that read and write single tables."""

from __future__ import annotations

import uuid

from shared.database.base import Database
from shared.database.schema import ProcessingTask, QueryLog
from shared.repositories import blob_removals, chunks, documents, query_logs, tasks
from shared.text import chunk_sentences
from shared.text.chunk_sentences import LineBox, Sentence
from tests.support import ledger as kit


async def test_documents_are_listed_newest_first_in_pages(database: Database) -> None:
    ids = [(await kit.upload(database))[0] for _ in range(5)]
    first = await database.read(documents.page, limit=2)
    last = first[-1]
    rest = await database.read(documents.page, after=(last.created_at, last.document_id), limit=9)
    listed = [document.document_id for document in [*first, *rest]]
    assert sorted(listed) == sorted(ids) and len(listed) == 5
    assert await database.read(documents.count) == 5


async def test_documents_are_found_by_status_collection_and_bytes(database: Database) -> None:
    document_id, task_id = await kit.upload(database, collection="legal")
    await kit.upload(database)
    await kit.process(database, task_id)
    completed = await database.read(documents.page, statuses=["completed"])
    assert [document.document_id for document in completed] == [document_id]
    assert await database.read(documents.count, collection="legal") == 1
    assert await database.read(documents.count_by_status) == {"completed": 1, "pending": 1}
    sha256 = completed[0].sha256
    same = await database.read(documents.find_same_file, "legal", sha256)
    assert same is not None and same.document_id == document_id
    assert await database.read(documents.find_same_file, "default", sha256) is None


async def test_a_status_changes_only_from_an_allowed_one(database: Database) -> None:
    document_id, _ = await kit.upload(database)
    assert not await database.transact(documents.set_status, document_id, "completed")
    assert await database.transact(documents.set_status, document_id, "processing")
    assert await database.transact(documents.set_status, document_id, "completed")


async def test_chunks_are_stored_once_and_returned_in_order(database: Database) -> None:
    document_id, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    rows = kit.chunk_rows(task, 0, 5)
    assert len(await database.transact(chunks.create_many, rows[:1])) == 1
    assert len(await database.transact(chunks.create_many, rows)) == 4
    page = await database.read(chunks.of_document, document_id, 1, after=1, limit=2)
    assert [chunk.content for chunk in page] == ["passage 2", "passage 3"]


async def test_vectors_are_found_by_encoded_text_and_encoder(database: Database) -> None:
    _, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    rows = kit.chunk_rows(task, 0, 3)
    await database.transact(chunks.create_many, rows)
    vectors = {rows[0]["chunk_id"]: b"one", rows[1]["chunk_id"]: b"two"}
    hashes = {chunk_id: kit.sha256_of(chunk_id) for chunk_id in vectors}
    await database.transact(chunks.save_vectors, vectors, hashes, "minilm")
    wanted = [*hashes.values(), *(row["text_hash"] for row in rows)]
    known = await database.read(chunks.known_vectors, wanted, "minilm")
    assert known == {hashes[chunk_id]: vector for chunk_id, vector in vectors.items()}
    assert await database.read(chunks.known_vectors, wanted, "bge") == {}


async def test_the_texts_of_a_batch_come_in_order_with_their_names(database: Database) -> None:
    document_id, task_id = await kit.upload(database, name="labels.pdf", title="Labels")
    task = await kit.must_claim(database, task_id)
    rows = [row | {"section": "4 Storage"} for row in kit.chunk_rows(task, 3, 2)]
    await database.transact(chunks.create_many, list(reversed(rows)))
    await database.transact(chunks.create_many, kit.chunk_rows(task, 0, 1, 7))
    found = await database.read(chunks.texts_of_batch, document_id, 1, 3)
    names = ("4 Storage", "Labels", "labels.pdf")
    assert found == [
        chunks.ChunkText(row["chunk_id"], f"passage {n}", *names) for n, row in enumerate(rows)
    ]


async def test_chunks_are_marked_indexed_once(database: Database) -> None:
    document_id, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    ids = [row["chunk_id"] for row in kit.chunk_rows(task, 0, 3)]
    await database.transact(chunks.create_many, kit.chunk_rows(task, 0, 3))
    assert await database.transact(chunks.mark_many_indexed, ids[:1]) == 1
    assert await database.transact(chunks.mark_many_indexed, ids) == 2
    assert await database.transact(chunks.remove_of_document, document_id) == 3
    assert await kit.chunk_count(database) == 0


async def test_tasks_are_found_and_counted(database: Database) -> None:
    document_id, task_id = await kit.upload(database)
    extra = ProcessingTask(
        task_id=str(uuid.uuid4()), document_id=document_id, revision=1, task_type="embed"
    )
    extra_id = extra.task_id
    await database.transact(lambda session: session.add(extra))
    await database.transact(tasks.set_celery_id, extra_id, "celery-7")
    found = await database.read(tasks.by_celery_id, "celery-7")
    assert (await kit.document(database, document_id)).celery_task_id == "celery-7"
    assert found is not None and found.task_id == extra_id
    listed = await database.read(tasks.of_document, document_id)
    assert {task.task_id for task in listed} == {task_id, extra_id}
    states = await database.read(tasks.count_by_state)
    assert states == {("extract", "pending"): 1, ("embed", "pending"): 1}
    assert await database.read(tasks.oldest_pending_s) >= 0


async def test_query_logs_can_be_rated_and_listed(database: Database) -> None:
    ids = [str(uuid.uuid4()) for _ in range(3)]
    logs = [QueryLog(query_id=each, query_text="Why?", document_ids_used=["d"]) for each in ids]
    await database.transact(lambda session: session.add_all(logs))
    assert await database.transact(query_logs.set_feedback, ids[0], "positive")
    assert not await database.transact(query_logs.set_feedback, "nobody", "positive")
    logged = {log.query_id: log for log in await database.read(query_logs.recent)}
    assert {each: log.user_feedback for each, log in logged.items()} == {
        ids[0]: "positive",
        ids[1]: None,
        ids[2]: None,
    }
    assert logged[ids[0]].document_ids_used == ["d"]
    first = await database.read(query_logs.recent, limit=2)
    last = first[-1]
    rest = await database.read(query_logs.recent, after=(last.created_at, last.query_id))
    assert sorted(log.query_id for log in [*first, *rest]) == sorted(ids)
    assert await database.read(query_logs.count) == 3


async def test_a_running_answer_is_completed_once(database: Database) -> None:
    query_id = str(uuid.uuid4())

    def row(state: str, text: str | None) -> dict[str, object]:
        return {
            "query_id": query_id,
            "query_text": "Why?",
            "document_ids_used": [],
            "state": state,
            "response_text": text,
            "citations": None if text is None else [{"index": 1}],
        }

    await database.transact(query_logs.create_many, [row("running", None)])
    await database.transact(query_logs.set_feedback, query_id, "positive")
    await database.transact(query_logs.create_many, [row("completed", "Because.")])
    await database.transact(query_logs.create_many, [row("failed", "Late.")])
    (log,) = await database.read(query_logs.recent)
    assert (log.state, log.response_text, log.user_feedback) == (
        "completed",
        "Because.",
        "positive",
    )
    assert log.citations == [{"index": 1}]


async def test_a_blob_is_marked_while_it_is_being_removed(database: Database) -> None:
    await kit.upload(database, file_path="originals/ab/abc")
    assert await database.read(blob_removals.is_referenced, "originals/ab/abc")
    assert not await database.read(blob_removals.is_referenced, "originals/ab/other")
    await database.transact(blob_removals.mark, "originals/ab/other", "test")
    await database.transact(blob_removals.mark, "originals/ab/other", "test")
    assert await database.read(blob_removals.is_marked, "originals/ab/other")
    await database.transact(blob_removals.clear, "originals/ab/other", "test")
    assert not await database.read(blob_removals.is_marked, "originals/ab/other")


async def test_sentences_are_read_by_the_ids_of_their_chunks(database: Database) -> None:
    sentences = (Sentence(0, 4, "heading", 2, (LineBox(2, 1.0, 2.0, 3.0, 4.0),), struck=True),)
    _, task_id = await kit.upload(database)
    task = await kit.must_claim(database, task_id)
    rows = kit.chunk_rows(task, 0, 2)
    rows = [
        {**row, "sentences": stored}
        for row, stored in zip(rows, [chunk_sentences.encode(sentences), None], strict=True)
    ]
    ids = [row["chunk_id"] for row in rows]
    await database.transact(chunks.create_many, rows)
    assert await database.read(chunks.sentences_of, ids) == {ids[0]: sentences}
