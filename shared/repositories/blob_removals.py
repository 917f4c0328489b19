"""Marks of blobs in removal, so that no accepted upload of the same bytes loses its blob.

A removal marks the blob under an owner of its own, removes the blob, and clears its mark. An upload
puts the blob, commits its document, and then puts the blob again if it is missing. The transaction
that marks and the one that commits the document lock the blob's key, so one of them is first:

- The document is first: the removal sees it, sets no mark and leaves the blob.
- The mark is first: the upload writes nothing, waits, and tries again until the blob has no mark.
  Of several removals at once each has a mark, so the upload waits for the slowest of them.
- The removal finished between the upload's put and its transaction: the upload finds the blob
  missing after its commit and puts it again. No new mark can be set by then.

A process that dies leaves its marks, so they expire: an upload ignores marks older than
`EXPIRED_AFTER_S`. A removal that stalled after its mark therefore looks at the mark's age directly
before it removes the blob, and begins within `BEGIN_WITHIN_S` or not at all.

One window remains: a removal that begins in time but takes effect in the store only after its mark
expired, because its process was halted at that point or the store answered late, removes the blob
of an upload accepted since. `quire verify` reports such a file as missing.
"""

from __future__ import annotations

import uuid

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from shared.database import sql
from shared.database.inserts import insert_ignoring
from shared.database.schema import BlobRemoval, Document
from shared.domain.errors import Unavailable

# Seconds. A removal takes milliseconds; an object store's client gives up after three and a half
# minutes of retries, which fit between the two.
BEGIN_WITHIN_S = 30.0
EXPIRED_AFTER_S = 300.0


class BlobInRemoval(Unavailable):
    """The same file is being removed right now. Try again in a moment."""


def new_owner(process: str) -> str:
    """Return an owner for the marks of one attempt to remove a blob in this process."""
    return f"{process}:{uuid.uuid4()}"


def lock_blob(session: Session, key: str) -> None:
    """Lock `key` until the transaction ends; SQLite has one writer and needs no lock."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


def mark_unreferenced(session: Session, key: str, owner: str) -> bool:
    """Mark the blob for removal; return False if a document refers to it and the blob stays."""
    lock_blob(session, key)
    if is_referenced(session, key):
        return False
    mark(session, key, owner)
    return True


def mark(session: Session, key: str, owner: str) -> None:
    """Mark a blob that is about to be removed; a second mark of the same owner has no effect."""
    row = {"blob_key": key, "owner": owner}
    session.execute(insert_ignoring(session, BlobRemoval), row)


def may_remove(session: Session, key: str, owner: str) -> bool:
    """Return whether this owner marked the blob, and not too long ago to begin its removal."""
    found = select(BlobRemoval.blob_key).where(
        BlobRemoval.blob_key == key,
        BlobRemoval.owner == owner,
        BlobRemoval.created_at > sql.now(-BEGIN_WITHIN_S),
    )
    return session.execute(found).first() is not None


def is_marked(session: Session, key: str) -> bool:
    """Return whether a removal of the blob may be at work."""
    found = select(BlobRemoval.blob_key).where(
        BlobRemoval.blob_key == key, BlobRemoval.created_at > sql.now(-EXPIRED_AFTER_S)
    )
    return session.execute(found.limit(1)).first() is not None


def is_referenced(session: Session, key: str) -> bool:
    """Return whether a document of any state refers to the blob."""
    found = select(Document.document_id).where(Document.file_path == key).limit(1)
    return session.execute(found).first() is not None


def clear(session: Session, key: str, owner: str) -> None:
    """Clear this owner's mark when its removal has ended or is not needed."""
    session.execute(
        delete(BlobRemoval)
        .where(BlobRemoval.blob_key == key, BlobRemoval.owner == owner)
        .execution_options(synchronize_session=False)
    )


def clear_of_dead(session: Session, process: str) -> None:
    """Clear the marks of the processes whose name starts with `process`; none of them may run."""
    session.execute(
        delete(BlobRemoval)
        .where(BlobRemoval.owner.startswith(process))
        .execution_options(synchronize_session=False)
    )


def remove_expired(session: Session) -> int:
    """Delete marks that uploads ignore, and return their number."""
    removed = session.execute(
        delete(BlobRemoval)
        .where(BlobRemoval.created_at <= sql.now(-EXPIRED_AFTER_S))
        .returning(BlobRemoval.blob_key)
        .execution_options(synchronize_session=False)
    )
    return len(removed.all())
