"""Reads and writes chunks and their vectors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, select, update
from sqlalchemy.orm import Session, undefer

from shared.database.inserts import insert_ignoring
from shared.database.schema import Chunk, Document
from shared.domain.status import UNDELETED
from shared.repositories import access
from shared.text import chunk_sentences
from shared.text.chunk_sentences import Sentence
from shared.vectors.base import VectorRow

# Values in one IN list: below the 999 parameters that older SQLite versions allow.
IN_LIST = 500
# Chunks of the live revision and of a newer one, of documents that are not deleted. A removal
# changes this state before it deletes vectors, and no chunk returns to it.
KEPT: ColumnElement[bool] = and_(
    Chunk.document_id == Document.document_id,
    Document.status.in_(UNDELETED),
    Chunk.revision >= Document.live_revision,
)
# The same for pages in the order of ids. As a join, SQLite would begin with the documents and sort
# the chunks of all of them for every page: 100 times the time among 170,000 chunks.
_IS_KEPT = select(Document.document_id).where(KEPT).correlate(Chunk).exists()
_SAVE_VECTOR = (
    update(Chunk)
    .where(Chunk.chunk_id == bindparam("id"))
    .values(
        embedding_vector=bindparam("vector"),
        vector_hash=bindparam("hash"),
        encoder=bindparam("by"),
    )
)
_MARK_INDEXED = (
    update(Chunk)
    .where(Chunk.chunk_id.in_(bindparam("ids", expanding=True)), Chunk.is_indexed.is_(False))
    .values(is_indexed=True)
    .returning(Chunk.chunk_id)
)


@dataclass(frozen=True)
class ChunkText:
    """A chunk's content, and the names that are its context."""

    chunk_id: str
    content: str
    section: str
    title: str
    file_name: str


def create_many(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Store chunks in one statement; return the types of those that are new."""
    if not rows:
        return []
    statement = insert_ignoring(session, Chunk).returning(Chunk.chunk_type)
    return list(session.connection().scalars(statement, [dict(row) for row in rows]))


def of_document(
    session: Session,
    document_id: str,
    revision: int,
    *,
    after: int = -1,
    limit: int = 100,
    sentences: bool = False,
) -> list[Chunk]:
    """Return up to `limit` chunks of one revision in reading order, after ordinal `after`."""
    return list(
        session.scalars(
            select(Chunk)
            .where(
                Chunk.document_id == document_id,
                Chunk.revision == revision,
                Chunk.ordinal > after,
                *access.on_rows(Chunk.document_id),
            )
            .order_by(Chunk.ordinal)
            .limit(limit)
            .options(*([undefer(Chunk.sentences)] if sentences else []))
        )
    )


def vectors_of_batch(
    session: Session, document_id: str, revision: int, batch: int
) -> list[VectorRow]:
    """Return the index rows of a batch."""
    of_batch = (Chunk.document_id == document_id, Chunk.revision == revision, Chunk.batch == batch)
    return _vector_rows(session, *of_batch)


def kept_vectors(session: Session, chunk_ids: Sequence[str]) -> list[VectorRow]:
    """Return the index rows of those chunks that are kept."""
    return _vector_rows(session, KEPT, Chunk.chunk_id.in_(chunk_ids))


def next_kept_vectors(session: Session, encoder: str, *, after: str, limit: int) -> list[VectorRow]:
    """Return index rows of kept chunks with vectors of an encoder, by id after `after`."""
    return _vector_rows(
        session, _IS_KEPT, Chunk.chunk_id > after, Chunk.encoder == encoder, limit=limit
    )


def next_indexed_vectors(session: Session, *, after: str, limit: int) -> list[VectorRow]:
    """Return index rows of kept chunks that are marked as indexed, by id after `after`."""
    return _vector_rows(
        session, _IS_KEPT, Chunk.chunk_id > after, Chunk.is_indexed.is_(True), limit=limit
    )


def indexed_vectors(session: Session, document_ids: Sequence[str]) -> list[VectorRow]:
    """Return index rows of the documents' kept chunks that are marked as indexed."""
    of_documents = Chunk.document_id.in_(document_ids)
    return _vector_rows(session, KEPT, of_documents, Chunk.is_indexed.is_(True))


def kept_ids(session: Session, chunk_ids: Sequence[str]) -> set[str]:
    """Return those of `chunk_ids` whose removal has not begun."""
    query = select(Chunk.chunk_id).join(Document, KEPT).where(Chunk.chunk_id.in_(chunk_ids))
    return set(session.scalars(query))


def documents_of_other_encoders(session: Session, encoder: str) -> list[str]:
    """Return the ids of undeleted documents with vectors of another encoder."""
    return list(
        session.scalars(
            select(Chunk.document_id)
            .join(Document, Document.document_id == Chunk.document_id)
            .where(Chunk.encoder != encoder, Document.status.in_(UNDELETED))
            .distinct()
        )
    )


def texts_of_batch(
    session: Session, document_id: str, revision: int, batch: int
) -> list[ChunkText]:
    """Return the texts of a batch in reading order, with their document's current title."""
    names = (Document.title, Document.file_name)
    rows = session.execute(
        select(Chunk.chunk_id, Chunk.content, Chunk.section, *names)
        .join(Document, Document.document_id == Chunk.document_id)
        .where(Chunk.document_id == document_id, Chunk.revision == revision, Chunk.batch == batch)
        .order_by(Chunk.ordinal)
    )
    return [ChunkText(*row) for row in rows]


def count_of_batch(session: Session, document_id: str, revision: int, batch: int) -> int:
    """Return the number of chunks of a batch of a revision."""
    query = select(func.count()).where(
        Chunk.document_id == document_id, Chunk.revision == revision, Chunk.batch == batch
    )
    return session.scalar(query) or 0


def sentences_of(session: Session, chunk_ids: Sequence[str]) -> dict[str, tuple[Sentence, ...]]:
    """Return the sentences by chunk id, of chunks that were stored with sentences."""
    rows = session.connection().execute(
        select(Chunk.chunk_id, Chunk.sentences).where(
            Chunk.chunk_id.in_(chunk_ids),
            Chunk.sentences.is_not(None),
            *access.on_rows(Chunk.document_id),
        )
    )
    return {chunk_id: chunk_sentences.decode(stored) for chunk_id, stored in rows}


def stored_picture_key(
    session: Session, document_id: str, chunk_id: str, revisions: Collection[int]
) -> str | None:
    """Return the blob key of a chunk's picture; None if no chunk of these revisions has one."""
    return session.scalar(
        select(Chunk.image_path).where(
            Chunk.chunk_id == chunk_id,
            Chunk.document_id == document_id,
            Chunk.revision.in_(revisions),
            *access.on_rows(Chunk.document_id),
        )
    )


def with_sentences(
    session: Session, document_id: str, chunk_id: str, revisions: Collection[int]
) -> Chunk | None:
    """Return a chunk of one of these revisions with its sentences; None if there is none."""
    return session.scalar(
        select(Chunk)
        .options(undefer(Chunk.sentences))
        .where(
            Chunk.chunk_id == chunk_id,
            Chunk.document_id == document_id,
            Chunk.revision.in_(revisions),
            *access.on_rows(Chunk.document_id),
        )
    )


def ids_by_type(
    session: Session, document_id: str, *, below_revision: int | None = None
) -> dict[str, list[str]]:
    """Return a document's chunk ids by chunk type, of all revisions or those below one."""
    query = select(Chunk.chunk_type, Chunk.chunk_id).where(Chunk.document_id == document_id)
    if below_revision is not None:
        query = query.where(Chunk.revision < below_revision)
    ids: dict[str, list[str]] = {}
    for chunk_type, chunk_id in session.execute(query):
        ids.setdefault(chunk_type, []).append(chunk_id)
    return ids


def known_vectors(session: Session, hashes: Sequence[str], encoder: str) -> dict[str, bytes]:
    """Return the stored vectors that this encoder made, by the hash of the encoded text."""
    known: dict[str, bytes] = {}
    for start in range(0, len(hashes), IN_LIST):
        part = hashes[start : start + IN_LIST]
        rows = session.execute(
            select(Chunk.vector_hash, Chunk.embedding_vector).where(
                Chunk.vector_hash.in_(part),
                Chunk.encoder == encoder,
                Chunk.embedding_vector.is_not(None),
            )
        )
        known |= {hashed: vector for hashed, vector in rows if hashed and vector is not None}
    return known


def save_vectors(
    session: Session, vectors: Mapping[str, bytes], hashes: Mapping[str, str], encoder: str
) -> None:
    """Store vectors and the hashes of their texts by chunk id, with one prepared statement."""
    if not vectors:
        return
    session.connection().execute(
        _SAVE_VECTOR,
        [
            {"id": chunk_id, "vector": vector, "hash": hashes[chunk_id], "by": encoder}
            for chunk_id, vector in vectors.items()
        ],
    )


def mark_many_indexed(session: Session, chunk_ids: Sequence[str]) -> int:
    """Mark chunks as indexed; return how many were not marked before."""
    marked = 0
    for start in range(0, len(chunk_ids), IN_LIST):
        part = chunk_ids[start : start + IN_LIST]
        marked += len(session.connection().execute(_MARK_INDEXED, {"ids": part}).all())
    return marked


def remove_of_document(
    session: Session, document_id: str, *, below_revision: int | None = None
) -> int:
    """Delete a document's chunks, or those of revisions below one; return the number deleted."""
    statement = delete(Chunk).where(Chunk.document_id == document_id)
    if below_revision is not None:
        statement = statement.where(Chunk.revision < below_revision)
    removed = session.execute(
        statement.returning(Chunk.chunk_id).execution_options(synchronize_session=False)
    )
    return len(removed.all())


def _vector_rows(
    session: Session, *where: ColumnElement[bool], limit: int | None = None
) -> list[VectorRow]:
    """Return the index rows of chunks that have a vector, ordered by chunk id."""
    columns = (Chunk.chunk_id, Chunk.chunk_type, Chunk.document_id, Chunk.embedding_vector)
    rows = session.execute(
        select(*columns, Chunk.encoder)
        .where(Chunk.embedding_vector.is_not(None), *where)
        .order_by(Chunk.chunk_id)
        .limit(limit)
    )
    return [VectorRow.stored(*row) for row in rows]
