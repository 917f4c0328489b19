"""What answers and stored responses quote from a document goes with it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from shared.database.base import Database
from shared.database.schema import Document, QueryLog
from shared.repositories import erasure, idempotency_keys

A, B = "document-a", "document-b"


def log(session: Session, query_id: str, *used: str, response: str | None = "a quote") -> None:
    session.execute(
        insert(QueryLog).values(
            query_id=query_id,
            query_text=f"question {query_id}",
            response_text=response,
            citations=[{"quote": "a quote"}] if response else None,
            claims=[{"text": "a quote"}] if response else None,
            document_ids_used=list(used),
        )
    )


def fill(session: Session) -> None:
    for document_id in (A, B):
        session.execute(
            insert(Document).values(document_id=document_id, status="completed", sha256=document_id)
        )
    log(session, "q1", A)
    log(session, "q2", B)
    log(session, "q3", B, A)
    log(session, "q4")
    log(session, "q5", A, response=None)
    for key, document_id in (("k1", A), ("k2", B)):
        response = {"status": 202, "body": {"document_id": document_id, "title": "secret"}}
        idempotency_keys.create(session, key, "f", response | {"headers": {}})


def answers(session: Session) -> dict[str, tuple[Any, ...]]:
    rows = session.scalars(select(QueryLog))
    return {
        each.query_id: (each.query_text, each.response_text, each.citations, each.claims)
        for each in rows
    }


async def test_every_answer_that_uses_a_document_is_erased(database: Database) -> None:
    await database.transact(fill)
    before = await database.read(answers)
    assert await database.transact(erasure.erase, A) == {"answers": 2, "responses": 1}
    after = await database.read(answers)
    for query_id in ("q1", "q3"):
        assert after[query_id] == (f"question {query_id}", None, None, None)
    assert {name: after[name] for name in ("q2", "q4")} == {
        name: before[name] for name in ("q2", "q4")
    }
    erased = await database.read(idempotency_keys.find, "k1")
    kept = await database.read(idempotency_keys.find, "k2")
    assert erased is not None
    assert kept is not None
    assert (erased[1]["status"], "secret" in str(erased)) == (410, False)
    assert (kept[1]["status"], "secret" in str(kept)) == (202, True)
    assert await database.transact(erasure.erase, A) == {"answers": 0, "responses": 0}


async def test_an_answer_that_is_logged_after_the_deletion_is_erased(database: Database) -> None:
    await database.transact(fill)

    def delete(session: Session) -> None:
        session.execute(update(Document).where(Document.document_id == A).values(status="gone"))

    await database.transact(delete)
    assert await database.transact(erasure.erase_late, [B, "unknown"]) == 0
    assert await database.transact(erasure.erase_late, [A, B]) == 2


async def test_quotes_of_deleted_documents_are_found_and_erased(database: Database) -> None:
    await database.transact(fill)
    assert await database.read(erasure.quotes_of_deleted) == []

    def delete(session: Session) -> None:
        session.execute(update(Document).where(Document.document_id == A).values(status="gone"))

    await database.transact(delete)
    found = await database.read(erasure.quotes_of_deleted)
    assert sorted(found) == ["q1", "q3"]
    assert await database.transact(erasure.erase_quotes, found) == 2
    assert await database.read(erasure.quotes_of_deleted) == []
