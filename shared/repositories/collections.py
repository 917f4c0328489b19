"""Reads and writes collections, their owners and the rights on them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Row, delete, func, select, update
from sqlalchemy.orm import Session

from shared.database.inserts import insert_ignoring, insert_new
from shared.database.schema import CollectionRow, Document, Grant, Group, Principal
from shared.domain.caller import FIRST_ADMINISTRATOR, Right
from shared.domain.errors import AlreadyStored, Conflict
from shared.domain.status import UNDELETED
from shared.repositories import access


class Tally(NamedTuple):
    """The undeleted documents of a collection: their number by state, and the bytes of all."""

    documents: dict[str, int]
    size: int


def ensure(session: Session, name: str, owner_id: str = "") -> bool:
    """Store a collection of this owner, by default the caller; return False if it exists."""
    caller = access.acting()
    owner = owner_id or (caller.principal_id if caller else FIRST_ADMINISTRATOR)
    statement = insert_ignoring(session, CollectionRow).returning(CollectionRow.name)
    new = session.connection().execute(statement, {"name": name, "owner_id": owner})
    return new.first() is not None


def hold(session: Session, name: str) -> None:
    """Keep a collection from being removed until the transaction ends; store it if it is new.

    Whoever adds a document calls it: `remove` waits for it. Conflict: it was removed meanwhile.
    """
    ensure(session, name)
    query = select(CollectionRow.name).where(CollectionRow.name == name)
    shared = query.with_for_update(read=True, key_share=True)
    if session.execute(shared).first() is None:
        raise Conflict("The collection was removed at the same moment. Try again.")


def lock(session: Session, name: str) -> None:
    """Wait until those who add documents to a collection have ended, and let others wait."""
    query = select(CollectionRow.name).where(CollectionRow.name == name)
    session.execute(query.with_for_update())


def remove(session: Session, name: str) -> None:
    """Remove a collection without documents, and the rights on it; call `lock` first."""
    session.execute(delete(Grant).where(Grant.collection == name))
    session.execute(delete(CollectionRow).where(CollectionRow.name == name))


def tallies(session: Session, names: Sequence[str]) -> dict[str, Tally]:
    """Return the tally of each collection; those on which the caller has no right have none."""
    found = {name: Tally({}, 0) for name in names}
    query = (
        select(
            Document.collection,
            Document.status,
            func.count(),
            func.coalesce(func.sum(Document.file_size), 0),
        )
        .where(
            Document.collection.in_(names),
            Document.status.in_(UNDELETED),
            *access.on_documents(),
        )
        .group_by(Document.collection, Document.status)
    )
    for name, status, number, size in session.execute(query):
        counted = found[name]
        found[name] = Tally({**counted.documents, status: number}, counted.size + int(size))
    return found


def get(session: Session, name: str, right: Right = "read") -> CollectionRow | None:
    """Return a collection on which the caller has a right, or None."""
    allowed = access.on_collection(CollectionRow.__table__.c.name, right)
    query = select(CollectionRow).where(CollectionRow.name == name, *allowed)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def page(
    session: Session, *, after: str = "", limit: int = 50
) -> list[Row[CollectionRow, str, int]]:
    """Return (collection, owner's name, number of documents) by name, after the name `after`.

    The documents that are deleted are not counted.
    """
    allowed = access.on_collection(CollectionRow.__table__.c.name)
    documents = (
        select(func.count())
        .where(Document.collection == CollectionRow.name, Document.status.in_(UNDELETED))
        .correlate(CollectionRow)
        .scalar_subquery()
    )
    query = (
        select(CollectionRow, Principal.name, documents)
        .join(Principal, Principal.principal_id == CollectionRow.owner_id, isouter=True)
        .where(CollectionRow.name > after, *allowed)
        .order_by(CollectionRow.name)
    )
    return list(session.execute(query.limit(limit)))


def count_documents(session: Session, name: str) -> int:
    """Return the number of a collection's documents that are not deleted."""
    of_collection = (Document.collection == name, Document.status.in_(UNDELETED))
    query = select(func.count()).select_from(Document).where(*of_collection, *access.on_documents())
    return session.scalar(query) or 0


def set_owner(session: Session, name: str, owner_id: str) -> None:
    """Give a collection to another principal."""
    session.execute(
        update(CollectionRow)
        .where(CollectionRow.name == name)
        .values(owner_id=owner_id)
        .execution_options(synchronize_session=False)
    )


def grant(
    session: Session,
    collection: str,
    right: Right,
    *,
    principal_id: str | None = None,
    group_id: str | None = None,
) -> Grant:
    """Give a right on a collection to a principal or a group, instead of the one that it has.

    Conflict: another caller gave it one at the same moment.
    """
    holder = _holder(principal_id, group_id)
    session.execute(delete(Grant).where(Grant.collection == collection, holder))
    row = Grant(
        grant_id=str(uuid.uuid4()),
        collection=collection,
        principal_id=principal_id,
        group_id=group_id,
        access=right,
    )
    try:
        insert_new(session, row)
    except AlreadyStored as error:
        raise Conflict("This right was changed at the same moment. Try again.") from error
    session.refresh(row)
    return row


def find_grant(session: Session, grant_id: str, right: Right = "manage") -> Grant | None:
    """Return a grant of a collection on which the caller has a right, or None."""
    allowed = access.on_collection(Grant.__table__.c.collection, right)
    return session.scalars(select(Grant).where(Grant.grant_id == grant_id, *allowed)).one_or_none()


def grants(
    session: Session,
    *,
    collection: str | None = None,
    principal_id: str | None = None,
    after: str = "",
    limit: int = 50,
) -> list[Row[Grant, str, str]]:
    """Return (grant, principal's name, group's name) of collections that the caller manages."""
    query = (
        select(Grant, Principal.name, Group.name)
        .join(Principal, Principal.principal_id == Grant.principal_id, isouter=True)
        .join(Group, Group.group_id == Grant.group_id, isouter=True)
        .where(
            Grant.grant_id > after,
            *access.on_collection(Grant.__table__.c.collection, "manage"),
        )
        .order_by(Grant.grant_id)
    )
    if collection is not None:
        query = query.where(Grant.collection == collection)
    if principal_id is not None:
        query = query.where(Grant.principal_id == principal_id)
    return list(session.execute(query.limit(limit)))


def revoke(session: Session, grant_id: str) -> None:
    """Take a right away."""
    session.execute(delete(Grant).where(Grant.grant_id == grant_id))


def _holder(principal_id: str | None, group_id: str | None) -> ColumnElement[bool]:
    if principal_id is not None:
        return Grant.principal_id == principal_id
    return Grant.group_id == group_id
