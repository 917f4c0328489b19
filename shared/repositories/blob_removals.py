"""Marks of blobs that are being removed, so that an upload of the same bytes notices.

Upload and removal lock the blob's key first. A removal sets the mark before and clears it after; an
upload that finds the mark waits and stores the blob again.
"""

from __future__ import annotations

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from shared.database.inserts import insert_ignoring
from shared.database.schema import BlobRemoval, Document


def lock_blob(session: Session, key: str) -> None:
    """Lock `key` until the transaction ends; SQLite has one writer and needs no lock."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


def mark(session: Session, key: str) -> None:
    """Mark a blob that is about to be removed; a second mark has no effect."""
    session.execute(insert_ignoring(session, BlobRemoval), {"blob_key": key})


def clear(session: Session, key: str) -> None:
    """Clear the mark when the removal has ended or is not needed."""
    session.execute(
        delete(BlobRemoval)
        .where(BlobRemoval.blob_key == key)
        .execution_options(synchronize_session=False)
    )


def is_marked(session: Session, key: str) -> bool:
    """Return whether the blob is being removed."""
    found = select(BlobRemoval.blob_key).where(BlobRemoval.blob_key == key)
    return session.execute(found).first() is not None


def is_referenced(session: Session, key: str) -> bool:
    """Return whether a document of any state refers to the blob."""
    found = select(Document.document_id).where(Document.file_path == key).limit(1)
    return session.execute(found).first() is not None


def mark_unreferenced(session: Session, key: str) -> bool:
    """Mark the blob for removal; return False if a document refers to it and the blob stays."""
    lock_blob(session, key)
    if is_referenced(session, key):
        return False
    mark(session, key)
    return True
