"""Reads and writes groups of principals."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from shared.database.inserts import insert_ignoring, insert_new
from shared.database.schema import Group, GroupMember, Principal
from shared.domain.errors import AlreadyStored, Conflict


def create(session: Session, name: str) -> Group:
    """Store a new group. Conflict: another one has the name."""
    row = Group(group_id=str(uuid.uuid4()), name=name)
    try:
        insert_new(session, row)
    except AlreadyStored as error:
        raise Conflict("Another group has this name.") from error
    session.refresh(row)
    return row


def find(session: Session, id_or_name: str) -> Group | None:
    """Return the group with this id or name, or None."""
    same = (Group.group_id == id_or_name) | (Group.name == id_or_name)
    return session.scalars(select(Group).where(same)).first()


def page(session: Session, *, after: str = "", limit: int = 50) -> list[Group]:
    """Return groups by name, after the name `after`."""
    by_name = select(Group).where(Group.name > after).order_by(Group.name)
    return list(session.scalars(by_name.limit(limit)))


def members(session: Session, group_ids: Sequence[str]) -> dict[str, list[Principal]]:
    """Return the principals of each of these groups by name, in one statement."""
    found: dict[str, list[Principal]] = {group_id: [] for group_id in group_ids}
    query = (
        select(GroupMember.group_id, Principal)
        .join(Principal, Principal.principal_id == GroupMember.principal_id)
        .where(GroupMember.group_id.in_(group_ids))
        .order_by(Principal.name)
    )
    for group_id, principal in session.execute(query):
        found[group_id].append(principal)
    return found


def of_principal(session: Session, principal_id: str) -> list[Group]:
    """Return the groups of a principal by name."""
    ids = select(GroupMember.group_id).where(GroupMember.principal_id == principal_id)
    return list(session.scalars(select(Group).where(Group.group_id.in_(ids)).order_by(Group.name)))


def add(session: Session, group_id: str, principal_id: str) -> None:
    """Put a principal in a group; one that is in it stays."""
    row = {"group_id": group_id, "principal_id": principal_id}
    session.execute(insert_ignoring(session, GroupMember), row)


def take_out(session: Session, group_id: str, principal_id: str) -> bool:
    """Take a principal out of a group; return False if it was not in it."""
    same = (GroupMember.group_id == group_id, GroupMember.principal_id == principal_id)
    gone = session.execute(delete(GroupMember).where(*same).returning(GroupMember.group_id))
    return gone.first() is not None


def remove(session: Session, group_id: str) -> None:
    """Delete a group and its rights."""
    session.execute(delete(Group).where(Group.group_id == group_id))
