"""Documents and the documents made of the files in them, by their parents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import CTE, func, select, update
from sqlalchemy.orm import Session, aliased

from shared.database.schema import Document
from shared.domain.status import UNDELETED

# Code of a file that became no document, because the collection has it as another one.
DUPLICATE = "duplicate"
# Ids of one statement; stays below the limit on parameters.
_AT_ONCE = 500


class Family(NamedTuple):
    """A document's place among those of one upload.

    `depth` is the number of files that it is in. `members` and `size` are number and bytes of all
    documents made of files in the uploaded one, but for its own children: an attempt that is
    repeated meets those again. `deleted` are ids of its own children that are.
    """

    depth: int
    members: int
    size: int
    deleted: frozenset[str]


def of_document(session: Session, document_id: str) -> Family:
    """Return the document's family."""
    root, depth = document_id, 0
    while (parent := _parent(session, root)) is not None:
        root, depth = parent, depth + 1
    below = _below(root)
    count = select(func.count(), func.coalesce(func.sum(Document.file_size), 0))
    others = count.where(
        Document.document_id.in_(select(below.c.id)), Document.parent_id != document_id
    )
    members, size = session.execute(others).one()
    deleted = select(Document.document_id).where(
        Document.parent_id == document_id, Document.status.not_in(UNDELETED)
    )
    return Family(depth, members, int(size), frozenset(session.scalars(deleted)))


def children(session: Session, document_id: str) -> list[str]:
    """Return the ids of the undeleted documents made of the document's files, in order."""
    query = select(Document.document_id).where(
        Document.parent_id == document_id, Document.status.in_(UNDELETED)
    )
    return list(session.scalars(query.order_by(Document.document_id)))


def has_children(session: Session, document_id: str) -> bool:
    """Return whether a document was made of one of its files, also if that is deleted."""
    query = select(Document.document_id).where(Document.parent_id == document_id)
    return session.execute(query.limit(1)).first() is not None


def count_descendants(session: Session, document_id: str) -> int:
    """Return the number of documents made of files in a document, at any depth."""
    return session.scalar(select(func.count()).select_from(_below(document_id))) or 0


def known_of(session: Session, document_ids: Sequence[str]) -> set[str]:
    """Return those of the ids that documents have, deleted ones included."""
    found: set[str] = set()
    for start in range(0, len(document_ids), _AT_ONCE):
        some = document_ids[start : start + _AT_ONCE]
        query = select(Document.document_id).where(Document.document_id.in_(some))
        found.update(session.scalars(query))
    return found


def note_unread(
    session: Session, document_id: str, revision: int, unread: dict[str, Any] | None
) -> None:
    """Store which files of a document became no documents, if the revision is current."""
    session.execute(
        update(Document)
        .where(Document.document_id == document_id, Document.revision == revision)
        .values(members_unread=unread)
        .execution_options(synchronize_session=False)
    )


def has_duplicates(session: Session, document_id: str) -> bool:
    """Return whether the collection has a file of a document as another document."""
    query = select(Document.members_unread).where(Document.document_id == document_id)
    unread = session.scalar(query) or {"members": []}
    return any(each["code"] == DUPLICATE for each in unread["members"])


def stand_alone(session: Session, document_id: str) -> None:
    """Part a document from the one that it is a file of."""
    session.execute(
        update(Document)
        .where(Document.document_id == document_id)
        .values(parent_id=None, member_path="")
        .execution_options(synchronize_session="fetch")
    )


def _parent(session: Session, document_id: str) -> str | None:
    return session.scalar(select(Document.parent_id).where(Document.document_id == document_id))


def _below(document_id: str) -> CTE:
    """Return the ids of all documents made of files in a document, as column `id`."""
    child = aliased(Document)
    tree = (
        select(Document.document_id.label("id"))
        .where(Document.parent_id == document_id)
        .cte("below", recursive=True)
    )
    return tree.union_all(select(child.document_id).join(tree, child.parent_id == tree.c.id))
