"""Reads chunks: those that may be shown, and all of a scope to compare their vectors.

A chunk may be shown if and only if its revision is its document's live one. Columns are selected
one by one, without ORM objects: every question runs these queries.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Row, Select, and_, bindparam, case, func, select
from sqlalchemy.orm import Session

from services.query.retrieval.passages import Passage, box_of, picture_path
from services.query.retrieval.scope import Scope
from shared.database.schema import Chunk, Document
from shared.vectors.base import Hit, Vector
from shared.vectors.exact import nearest

_COMPARED_AT_ONCE = 5_000
_DOCUMENTS_AT_ONCE = 500
_chunks, _documents = Chunk.__table__.c, Document.__table__.c
# In the order in which `as_passage` takes them.
_SHOWN = (
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
_shown_from = Chunk.__table__.join(
    Document.__table__,
    and_(
        _documents.document_id == _chunks.document_id,
        _documents.live_revision == _chunks.revision,
    ),
)
_shown_by_id: Select[Any] = (
    select(*_SHOWN)
    .select_from(_shown_from)
    .where(_chunks.chunk_id.in_(bindparam("ids", expanding=True)))
)


def shown(session: Session, chunk_ids: Sequence[str], scope: Scope) -> dict[str, Row[Any]]:
    """Those of the chunks that may be shown and are in `scope`, by id."""
    if not chunk_ids:
        return {}
    query = _shown_by_id
    if scope.is_narrow:
        query = query.where(*scope.conditions(_dialect(session)))
    rows = session.connection().execute(query, {"ids": chunk_ids})
    return {row[0]: row for row in rows}


def as_passage(row: Row[Any], score: float, scores: Mapping[str, float]) -> Passage:
    """A row of `shown` with the scores that ranking gave it."""
    values: tuple[Any, ...] = tuple(row)
    (
        chunk_id,
        document_id,
        ordinal,
        content,
        chunk_type,
        text_hash,
        title,
        source,
        page,
        corners,
        section,
        has_picture,
    ) = values
    return Passage(
        content=content,
        score=score,
        scores=scores,
        document_id=document_id,
        title=title,
        source=source,
        page=page,
        bbox=box_of(page, corners),
        chunk_id=chunk_id,
        chunk_type=chunk_type,
        section=section,
        picture=picture_path(document_id, chunk_id) if has_picture else None,
        ordinal=ordinal,
        text_hash=text_hash,
    )


def is_small(session: Session, scope: Scope, most: int) -> bool:
    """True if the documents in `scope` have about `most` chunks, or fewer."""
    size = select(func.count(), func.sum(_documents.total_chunks))
    conditions = scope.conditions(_dialect(session))
    documents, chunks = session.connection().execute(size.where(*conditions)).one()
    return bool(documents <= most and (chunks or 0) <= most)


def compare_all(
    session: Session, scope: Scope, vector: Vector, k: int, *, encoder: str
) -> list[Hit]:
    """The `k` chunks in `scope` nearest to `vector`, by comparing with each that may be shown.

    Documents are looked up first: SQLite would rather read every chunk there is.
    """
    best: list[Hit] = []
    for document_ids in _documents_in(session, scope):
        rows = session.connection().execute(
            select(_chunks.chunk_id, _chunks.embedding_vector)
            .select_from(_shown_from)
            .where(
                _documents.document_id.in_(document_ids),
                _chunks.chunk_type.in_(scope.types),
                _chunks.encoder == encoder,
            )
        )
        for part in rows.partitions(_COMPARED_AT_ONCE):
            best = heapq.nlargest(k, best + _compared(part, vector, k), key=lambda hit: hit.score)
    return best


def _documents_in(session: Session, scope: Scope) -> Iterator[Sequence[str]]:
    live = select(_documents.document_id).where(_documents.live_revision.is_not(None))
    found = session.connection().execute(live.where(*scope.conditions(_dialect(session))))
    ids = found.scalars().all()
    return (ids[at : at + _DOCUMENTS_AT_ONCE] for at in range(0, len(ids), _DOCUMENTS_AT_ONCE))


def _compared(rows: Iterable[Sequence[Any]], vector: Vector, k: int) -> list[Hit]:
    ids, blobs = zip(*rows, strict=True)
    matrix = np.frombuffer(b"".join(blobs), dtype="<f4").reshape(len(ids), -1)
    return nearest(ids, matrix, vector, k)


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name
