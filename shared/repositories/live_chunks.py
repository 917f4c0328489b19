"""Reads live chunks: those whose revision is their document's live one.

Only these may be shown. Columns are selected without ORM objects, because every question runs these
queries.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, case, func, select
from sqlalchemy.orm import Session
from sqlalchemy.util import LRUCache

from shared.database.schema import Chunk, Document
from shared.repositories import access
from shared.repositories.scope import Scope

_chunks, _documents = Chunk.__table__.c, Document.__table__.c


class LiveChunk(NamedTuple):
    """A chunk with the names of its document: `source` is the file, `title` what to call it."""

    chunk_id: str
    document_id: str
    ordinal: int
    content: str
    chunk_type: str
    text_hash: str
    title: str
    source: str
    page: int | None
    box: Mapping[str, float] | None
    section: str
    has_picture: bool


# Characters of a document's beginning that may name it: its title, version and date.
OPENING_LETTERS = 300
# Characters of each chunk of a document's beginning that are read.
BEGINNING_LETTERS = 1_200
# A filter of twenty keys makes a compiled statement of 1.5 MB, and there are countless filters: the
# cache of the engine would keep 750 of them.
filter_statements: LRUCache[Any, Any] = LRUCache(16)
# In the order of the fields of `LiveChunk`.
_COLUMNS = (
    _chunks.chunk_id,
    _chunks.document_id,
    _chunks.ordinal,
    _chunks.content,
    _chunks.chunk_type,
    _chunks.text_hash,
    case((_documents.title == "", _documents.file_name), else_=_documents.title),
    _documents.file_name,
    _chunks.page_num,
    _chunks.box,
    _chunks.section,
    _chunks.image_path.is_not(None),
)
_live = Chunk.__table__.join(
    Document.__table__,
    and_(
        _documents.document_id == _chunks.document_id,
        _documents.live_revision == _chunks.revision,
    ),
)
_by_id: Select[Any] = (
    select(*_COLUMNS)
    .select_from(_live)
    .where(_chunks.chunk_id.in_(bindparam("ids", expanding=True)))
)


def by_id(session: Session, chunk_ids: Sequence[str], scope: Scope) -> dict[str, LiveChunk]:
    """Return the live chunks of documents in `scope` among those with the given ids, by id."""
    if not chunk_ids:
        return {}
    query = _by_id
    if scope.is_narrow or access.is_bounded():
        query = query.where(*_conditions(session, scope))
    rows = session.connection().execute(query, {"ids": chunk_ids}, execution_options=_cached(scope))
    # Fetched at once: a call of the driver for each row takes half as long as the statement.
    return {row[0]: LiveChunk._make(row) for row in rows.all()}


def pictures(session: Session, scope: Scope) -> dict[str, str]:
    """Return the blob keys of the pictures of live chunks in `scope`, by chunk id."""
    rows = session.connection().execute(
        select(_chunks.chunk_id, _chunks.image_path)
        .select_from(_live)
        .where(_chunks.image_path.is_not(None), *_conditions(session, scope))
    )
    return {row[0]: row[1] for row in rows}


def picture_of(session: Session, chunk_id: str) -> str | None:
    """Return the blob key of the picture of a live chunk; None if it has none."""
    query = (
        select(_chunks.image_path)
        .select_from(_live)
        .where(_chunks.chunk_id == chunk_id, *access.on_documents())
    )
    key: str | None = session.connection().execute(query).scalar()
    return key


def text_after(session: Session, document_id: str, ordinal: int) -> LiveChunk | None:
    """Return the next text of a document after the chunk with `ordinal`; None at its end."""
    query: Select[Any] = (
        select(*_COLUMNS)
        .select_from(_live)
        .where(
            _chunks.document_id == document_id,
            _chunks.ordinal > ordinal,
            _chunks.chunk_type == "text",
            *access.on_documents(),
        )
        .order_by(_chunks.ordinal)
        .limit(1)
    )
    row = session.connection().execute(query).first()
    return LiveChunk(*row) if row else None


def openings(session: Session, document_ids: Sequence[str]) -> dict[str, str]:
    """Return the beginning of the first text of each document, by document id."""
    texts = Chunk.__table__.alias()
    first = (
        select(texts.c.ordinal)
        .where(
            texts.c.document_id == _documents.document_id,
            texts.c.revision == _documents.live_revision,
            texts.c.chunk_type == "text",
        )
        .order_by(texts.c.ordinal)
        .limit(1)
        .correlate(Document.__table__)
    )
    rows = session.connection().execute(
        select(_chunks.document_id, func.substr(_chunks.content, 1, OPENING_LETTERS))
        .select_from(_live)
        .where(
            _chunks.document_id.in_(document_ids),
            _chunks.ordinal == first.scalar_subquery(),
            *access.on_documents(),
        )
    )
    return {row.document_id: row[1] for row in rows}


def beginnings(session: Session, document_ids: Sequence[str], count: int) -> dict[str, str]:
    """Return the text of the first `count` chunks of each document, by document id."""
    rows = session.connection().execute(
        select(_chunks.document_id, func.substr(_chunks.content, 1, BEGINNING_LETTERS))
        .select_from(_live)
        .where(
            _chunks.document_id.in_(document_ids),
            _chunks.ordinal < count,
            *access.on_documents(),
        )
        .order_by(_chunks.document_id, _chunks.ordinal)
    )
    found: dict[str, list[str]] = {}
    for document_id, text in rows:
        found.setdefault(document_id, []).append(text)
    return {document_id: "\n".join(texts) for document_id, texts in found.items()}


def sizes(session: Session, scope: Scope) -> tuple[int, int]:
    """Return the number of documents in `scope`, and the sum of their `total_chunks`."""
    size = select(func.count(), func.sum(_documents.total_chunks))
    conditions = _conditions(session, scope)
    found = session.connection().execute(size.where(*conditions), execution_options=_cached(scope))
    documents, chunks = found.one()
    return documents, chunks or 0


def document_ids(session: Session, scope: Scope) -> Sequence[str]:
    """Return the ids of the documents in `scope` that have a live revision."""
    live = select(_documents.document_id).where(_documents.live_revision.is_not(None))
    conditions = _conditions(session, scope)
    found = session.connection().execute(live.where(*conditions), execution_options=_cached(scope))
    return found.scalars().all()


def vectors(
    session: Session,
    document_ids: Sequence[str],
    types: Sequence[str],
    encoder: str,
    *,
    at_once: int,
) -> Iterator[Sequence[Row[Any, Any]]]:
    """Yield (chunk id, vector) of the documents' live chunks, up to `at_once` rows at a time."""
    rows = session.connection().execute(
        select(_chunks.chunk_id, _chunks.embedding_vector)
        .select_from(_live)
        .where(
            _documents.document_id.in_(document_ids),
            _chunks.chunk_type.in_(types),
            _chunks.encoder == encoder,
            *access.on_documents(),
        )
    )
    yield from rows.partitions(at_once)


def vectors_by_id(
    session: Session, chunk_ids: Sequence[str], encoder: str
) -> Sequence[Row[Any, Any]]:
    """Return (chunk id, vector) of those live chunks that have a vector of this encoder."""
    rows = session.connection().execute(
        select(_chunks.chunk_id, _chunks.embedding_vector)
        .select_from(_live)
        .where(_chunks.chunk_id.in_(chunk_ids), _chunks.encoder == encoder, *access.on_documents())
    )
    return rows.all()


def _conditions(session: Session, scope: Scope) -> list[ColumnElement[bool]]:
    """Return the conditions of the scope and of the caller's rights on a row of `documents`."""
    return [*scope.conditions(_dialect(session)), *access.on_documents()]


def _cached(scope: Scope) -> Mapping[str, Any]:
    """Return options that keep a compiled statement apart from all others if it has filters."""
    return {"compiled_cache": filter_statements} if scope.metadata or scope.attributes else {}


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name
