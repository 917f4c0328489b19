"""Consistency checks within the database: one query per rule, returning the violations."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from shared.blobs.base import PAGES, page_prefix, picture_hash, picture_prefix
from shared.database import sql
from shared.database.schema import AuditEntry, Base, Chunk, Document, ProcessingTask
from shared.domain.stages import DELETE
from shared.domain.status import UNDELETED, WORKING
from shared.ledger.lifecycle import ERASED
from shared.repositories.chunks import KEPT

# Seconds: two sweeps of 10 s (`QUIRE_SWEEP_SECONDS`); the sweeper reclaims a task within one.
TWO_SWEEPS_S = 20.0
COMPLETED = ("completed", "completed_empty")


def broken_rows(session: Session) -> list[str]:
    """Return one sentence for each contradiction between rows."""
    return [
        *_wrong_counts(session),
        *_duplicates(session),
        *_unrecognised_pages(session),
        *_unfinished_progress(session),
        *_expired_leases(session),
        *_chunks_of_deleted(session),
    ]


def stuck_documents(session: Session) -> list[str]:
    """Return the ids of unfinished documents that have no pending or running task."""
    active = select(ProcessingTask.task_id).where(
        ProcessingTask.document_id == Document.document_id,
        or_(ProcessingTask.revision == Document.revision, ProcessingTask.task_type == DELETE.name),
        ProcessingTask.status.in_(("pending", "processing")),
    )
    unfinished = Document.status.in_((*WORKING, "deleting"))
    return list(session.scalars(select(Document.document_id).where(unfinished, ~active.exists())))


def count(session: Session, table: type[Base], *where: ColumnElement[bool]) -> int:
    """Return the number of rows that meet the conditions."""
    return session.scalar(select(func.count()).select_from(table).where(*where)) or 0


def chunk_ids(session: Session) -> set[str]:
    """Return all chunk ids."""
    return set(session.scalars(select(Chunk.chunk_id)))


def indexed_ids(session: Session) -> set[str]:
    """Return the ids of chunks that are marked as indexed and are not being removed."""
    query = select(Chunk.chunk_id).join(Document, KEPT).where(Chunk.is_indexed)
    return set(session.scalars(query))


def blob_keys(session: Session) -> dict[str, str]:
    """Return the key of every required blob with its sha256; for pictures the prefix in the key."""
    kept = Document.status.in_(UNDELETED)
    originals = session.execute(
        select(Document.file_path, Document.sha256).where(kept, Document.file_path != "")
    )
    pictures = session.scalars(
        select(Chunk.image_path)
        .join(Document, Document.document_id == Chunk.document_id)
        .where(kept, Chunk.image_path.is_not(None))
        .distinct()
    )
    hashes = {key: picture_hash(key) for key in pictures if key}
    return hashes | dict(originals.all())


def blob_keys_in_work(session: Session, keys: set[str]) -> set[str]:
    """Return the keys of all originals, and those in `keys` that work on documents may have made.

    These are pictures of unfinished documents, and drawn pages of stored ones.
    """
    files = set(session.scalars(select(Document.file_path).where(Document.file_path != "")))
    working = session.scalars(
        select(Document.document_id).where(Document.status.in_((*WORKING, "deleting")))
    )
    prefixes = tuple(f"{picture_prefix(document_id)}/" for document_id in working)
    return (
        files
        | {key for key in keys if key.startswith(prefixes)}
        | _drawn_pages(session, {key for key in keys if key.startswith(f"{PAGES}/")})
    )


def _drawn_pages(session: Session, keys: set[str]) -> set[str]:
    """Return those `keys` of drawn pages whose document is not deleted."""
    if not keys:
        return set()
    stored = select(Document.document_id).where(Document.status.in_(UNDELETED))
    prefixes = tuple(f"{page_prefix(document_id)}/" for document_id in session.scalars(stored))
    return {key for key in keys if key.startswith(prefixes)}


def _wrong_counts(session: Session) -> list[str]:
    mine = and_(Chunk.document_id == Document.document_id, Chunk.revision == Document.revision)
    stored = select(func.count()).select_from(Chunk).where(mine).scalar_subquery()
    ready = (
        select(func.count())
        .select_from(Chunk)
        .where(mine, Chunk.is_indexed, Chunk.embedding_vector.is_not(None))
        .scalar_subquery()
    )
    rows = session.execute(
        select(Document.document_id, Document.extracted_chunks, stored, ready).where(
            Document.status.in_(COMPLETED),
            or_(
                Document.extracted_chunks.is_(None),
                stored != Document.extracted_chunks,
                ready != Document.extracted_chunks,
                Document.total_chunks != Document.extracted_chunks,
            ),
        )
    )
    return [
        f"{document_id}: read {read} chunks, stored {stored_count}, indexed {indexed_count}"
        for document_id, read, stored_count, indexed_count in rows
    ]


def _duplicates(session: Session) -> list[str]:
    rows = session.execute(
        select(Chunk.document_id, Chunk.revision, Chunk.ordinal)
        .group_by(Chunk.document_id, Chunk.revision, Chunk.ordinal)
        .having(func.count() > 1)
    )
    return [f"{document_id}: chunk {ordinal} is stored twice" for document_id, _, ordinal in rows]


def _unrecognised_pages(session: Session) -> list[str]:
    rows = session.execute(
        select(Document.document_id, Document.pages_recognised, Document.pages_to_recognise).where(
            Document.status.in_(COMPLETED),
            Document.pages_recognised != Document.pages_to_recognise,
        )
    )
    return [
        f"{document_id}: {done} of {total} pages passed text recognition"
        for document_id, done, total in rows
    ]


def _unfinished_progress(session: Session) -> list[str]:
    rows = session.scalars(
        select(Document.document_id).where(
            or_(
                and_(Document.status.in_(COMPLETED), Document.progress < 100),
                and_(Document.status.in_(WORKING), Document.progress >= 100),
            )
        )
    )
    return [f"{document_id}: progress and state disagree" for document_id in rows]


def _expired_leases(session: Session) -> list[str]:
    rows = session.scalars(
        select(ProcessingTask.task_id).where(
            ProcessingTask.status == "processing",
            ProcessingTask.lease_expires_at < sql.now(-TWO_SWEEPS_S),
        )
    )
    return [f"task {task_id}: its lease expired and was not reclaimed" for task_id in rows]


def _chunks_of_deleted(session: Session) -> list[str]:
    rows = session.scalars(
        select(Chunk.document_id)
        .join(Document, Document.document_id == Chunk.document_id)
        .where(Document.status == "gone")
        .distinct()
    )
    return [f"{document_id}: deleted, but it still has chunks" for document_id in rows]


def deleted_without_receipt(session: Session) -> list[str]:
    """Return the ids of deleted documents whose erasure is not in the audit log.

    Documents without an owner were deleted by a version that wrote no receipts.
    """
    receipt = select(AuditEntry.seq).where(
        AuditEntry.action == ERASED, AuditEntry.object == Document.document_id
    )
    gone = select(Document.document_id).where(
        Document.status == "gone", Document.owner_id.is_not(None), ~receipt.exists()
    )
    return list(session.scalars(gone))
