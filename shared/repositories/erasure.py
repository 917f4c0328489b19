"""Removes what answers and stored responses quote from deleted documents, and finds what is left.

The question stays in the log: it is its asker's. The whole answer goes, because the words of one
source can't be told from those of the others in it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    cast,
    func,
    literal,
    or_,
    select,
    true,
    type_coerce,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from shared.database.schema import Document, IdempotencyRow, QueryLog
from shared.domain.status import UNDELETED

_LOGS, _DOCUMENTS = QueryLog.__table__.c, Document.__table__.c
# What replaces a stored response: the repeated request learns that its document is gone.
_GONE = {
    "status": 410,
    "body": {
        "type": "about:blank",
        "title": "Gone",
        "status": 410,
        "detail": "The document of this request was deleted.",
        "code": "gone",
    },
    "headers": {},
}


def erase(session: Session, document_id: str) -> dict[str, int]:
    """Erase what quotes a document; return the numbers of answers and of stored responses."""
    answers = _redact(session, _uses(session, document_id))
    responses = session.execute(
        update(IdempotencyRow)
        .where(
            cast(IdempotencyRow.response, String).contains(document_id),
            IdempotencyRow.response != type_coerce(_GONE, IdempotencyRow.response.type),
        )
        .values(response=_GONE)
        .returning(IdempotencyRow.key)
        .execution_options(synchronize_session=False)
    ).all()
    return {"answers": answers, "responses": len(responses)}


def erase_late(session: Session, document_ids: Collection[str]) -> int:
    """Erase answers from those documents that were deleted before the answers were logged."""
    ids = sorted(set(document_ids))
    gone = session.scalars(
        select(_DOCUMENTS.document_id).where(
            _DOCUMENTS.document_id.in_(ids), _DOCUMENTS.status.not_in(UNDELETED)
        )
    ).all()
    return _redact(session, or_(*(_uses(session, each) for each in gone))) if gone else 0


def quotes_of_deleted(session: Session) -> list[str]:
    """Return the ids of questions whose answers quote a document that is gone."""
    used = _used_ids(session)
    gone = select(_DOCUMENTS.document_id).where(_DOCUMENTS.status == "gone")
    rows = select(_LOGS.query_id).join(used, true())  # the ids of each row are read from itself
    query = rows.where(_has_answer(), used.c.value.in_(gone)).distinct()
    return list(session.scalars(query))


def erase_quotes(session: Session, query_ids: Collection[str]) -> int:
    """Erase the answers of these questions; return how many had one."""
    return _redact(session, _LOGS.query_id.in_(sorted(query_ids)))


def _redact(session: Session, where: ColumnElement[bool]) -> int:
    erased = session.execute(
        update(QueryLog)
        .where(where, _has_answer())
        .values(response_text=None, citations=None, claims=None)
        .returning(QueryLog.query_id)
        .execution_options(synchronize_session=False)
    )
    return len(erased.all())


def _has_answer() -> ColumnElement[bool]:
    return or_(
        _LOGS.response_text.is_not(None),
        _LOGS.citations.is_not(None),
        _LOGS.claims.is_not(None),
    )


def _uses(session: Session, document_id: str) -> ColumnElement[bool]:
    """Return the condition that an answer uses a document."""
    if _is_postgresql(session):
        return type_coerce(_LOGS.document_ids_used, JSONB).contains(literal([document_id], JSONB))
    used = _used_ids(session)
    return select(used.c.value).where(used.c.value == document_id).exists()


def _used_ids(session: Session) -> Any:
    """Return a row for each document that an answer uses, with its id as `value`."""
    if _is_postgresql(session):
        each = func.jsonb_array_elements_text(_LOGS.document_ids_used)
        return each.table_valued("value").render_derived(name="used")
    return func.json_each(_LOGS.document_ids_used).table_valued("value", name="used")


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
