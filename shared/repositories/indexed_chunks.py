"""Reads indexed chunks with the data of their documents, for read models.

These are the chunks of live revisions, and of newer revisions that are still in work: they are
found as soon as their revision is live.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, null, or_, select, tuple_
from sqlalchemy.orm import Session

from shared.database.schema import Chunk, Document
from shared.domain.status import UNDELETED, WORKING

# Chunks in one page: with vectors of 384 numbers, about 1.5 MB.
PAGE = 500
# Values in one list: below the 999 parameters that older SQLite versions allow.
_IN_LIST = 300

_chunks, _documents = Chunk.__table__.c, Document.__table__.c


class Batch(NamedTuple):
    """The chunks that one task of a document's revision indexed."""

    document_id: str
    revision: int
    batch: int


class IndexedChunk(NamedTuple):
    """A chunk, and the names and filters of its document.

    `title` is the document's, or its file's name if it has none. `vector` is little-endian float32;
    it is None unless it was asked for.
    """

    chunk_id: str
    document_id: str
    revision: int
    ordinal: int
    content: str
    chunk_type: str
    text_hash: str
    section: str
    page: int | None
    title: str
    source: str
    collection: str
    file_type: str
    metadata: Mapping[str, Any]
    created_at: datetime
    encoder: str | None
    vector: bytes | None


# In the order of the fields of `IndexedChunk`, up to the vector.
_COLUMNS = (
    _chunks.chunk_id,
    _chunks.document_id,
    _chunks.revision,
    _chunks.ordinal,
    _chunks.content,
    _chunks.chunk_type,
    _chunks.text_hash,
    _chunks.section,
    _chunks.page_num,
    case((_documents.title == "", _documents.file_name), else_=_documents.title),
    _documents.file_name,
    _documents.collection,
    _documents.file_type,
    _documents.metadata,
    _documents.created_at,
    _chunks.encoder,
)


def _indexed(status: ColumnElement[str]) -> ColumnElement[bool]:
    return and_(
        _documents.document_id == _chunks.document_id,
        status.in_(UNDELETED),
        _chunks.is_indexed,
        or_(
            _chunks.revision == _documents.live_revision,
            and_(_chunks.revision == _documents.revision, status.in_(WORKING)),
        ),
    )


_INDEXED = _indexed(_documents.status)
# The same for pages in the order of ids: without an index of the states, SQLite begins
# with the ids, instead of sorting the chunks of all documents for every page.
_INDEXED_BY_ID = _indexed(func.coalesce(_documents.status, ""))


def of_changes(
    session: Session,
    document_ids: Collection[str],
    batches: Collection[Batch],
    *,
    vectors: bool = False,
) -> list[IndexedChunk]:
    """Return the indexed chunks of whole documents and of batches, in no order.

    It is meant for the changes of one page of events, which fit in memory.
    """
    found: list[IndexedChunk] = []
    ids = sorted(document_ids)
    for start in range(0, len(ids), _IN_LIST):
        part = ids[start : start + _IN_LIST]
        found += _rows(session, _query(vectors).where(_chunks.document_id.in_(part)))
    columns = tuple_(_chunks.document_id, _chunks.revision, _chunks.batch)
    listed = sorted(batches)
    for start in range(0, len(listed), _IN_LIST):
        some = [tuple(batch) for batch in listed[start : start + _IN_LIST]]
        found += _rows(session, _query(vectors).where(columns.in_(some)))
    return found


def page(
    session: Session, *, after: str = "", limit: int = PAGE, vectors: bool = False
) -> list[IndexedChunk]:
    """Return up to `limit` indexed chunks in the order of their ids, after id `after`."""
    query = _query(vectors, _INDEXED_BY_ID).where(_chunks.chunk_id > after)
    query = query.order_by(_chunks.chunk_id)
    return _rows(session, query.limit(limit))


def count(session: Session) -> int:
    """Return the number of indexed chunks."""
    joined = Chunk.__table__.join(Document.__table__, _INDEXED)
    return session.connection().scalar(select(func.count()).select_from(joined)) or 0


def _query(vectors: bool, on: ColumnElement[bool] = _INDEXED) -> Select[Any]:
    vector = _chunks.embedding_vector if vectors else null()
    return select(*_COLUMNS, vector).select_from(Chunk.__table__.join(Document.__table__, on))


def _rows(session: Session, query: Select[Any]) -> list[IndexedChunk]:
    rows: list[Row[Any]] = list(session.connection().execute(query))
    return [IndexedChunk._make(row) for row in rows]
