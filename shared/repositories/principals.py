"""Reads and writes principals, and hands over what one of them owned."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared.database.inserts import insert_ignoring, insert_new
from shared.database.schema import CollectionRow, Document, Principal
from shared.domain.caller import FIRST_ADMINISTRATOR
from shared.domain.errors import AlreadyStored, Conflict

# Namespace of the principals of keys in the settings; another value would make new ones of them.
_NAMESPACE = uuid.UUID("2b1f6a5e-7c93-4f0e-8a57-1f4f8a2c6d10")
_NAME_TAKEN = "Another principal has this name."


def create(
    session: Session, *, name: str, kind: str, email: str = "", roles: Iterable[str] = ()
) -> Principal:
    """Store a new principal. Conflict: another one has the name."""
    row = Principal(
        principal_id=str(uuid.uuid4()), kind=kind, name=name, email=email, roles=sorted(set(roles))
    )
    try:
        insert_new(session, row)
    except AlreadyStored as error:
        raise Conflict(_NAME_TAKEN) from error
    session.refresh(row)
    return row


def find(session: Session, id_or_name: str) -> Principal | None:
    """Return the principal with this id or name, or None."""
    same = (Principal.principal_id == id_or_name) | (Principal.name == id_or_name)
    return session.scalars(select(Principal).where(same)).first()


def find_by_name(session: Session, name: str) -> Principal | None:
    """Return the principal with this name, or None."""
    return session.scalars(select(Principal).where(Principal.name == name)).first()


def page(session: Session, *, after: str = "", limit: int = 50) -> list[Principal]:
    """Return principals by name, after the name `after`."""
    by_name = select(Principal).where(Principal.name > after).order_by(Principal.name)
    return list(session.scalars(by_name.limit(limit)))


def count(session: Session) -> int:
    """Return the number of principals."""
    return session.scalar(select(func.count()).select_from(Principal)) or 0


def change(
    session: Session,
    principal: Principal,
    values: Mapping[str, Any],
    *,
    fixed: Mapping[str, str] | None = None,
) -> None:
    """Store name, e-mail, roles or state; roles and state of those in `fixed` are the settings'.

    Conflict: another one has the name, no active administrator would be left, or the sentence that
    `fixed` has for its id.
    """
    may_end_administration = bool(values.keys() & {"roles", "state"})
    if may_end_administration and principal.principal_id in (fixed or {}):
        _refuse_without_effect(principal, values, (fixed or {})[principal.principal_id])
    if may_end_administration:
        _lock_active(session)
    try:
        session.execute(
            update(Principal)
            .where(Principal.principal_id == principal.principal_id)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
    except IntegrityError as error:
        raise Conflict(_NAME_TAKEN) from error
    session.refresh(principal)
    if may_end_administration and not any("admin" in roles for roles in _roles_of_active(session)):
        raise Conflict("This is the last administrator. Give another principal the role first.")


def _refuse_without_effect(principal: Principal, values: Mapping[str, Any], reason: str) -> None:
    """Raise Conflict if roles or state would change: what the settings open stays open."""
    now = {"roles": sorted(principal.roles), "state": principal.state}
    for name, value in values.items():
        if name in now and now[name] != (sorted(value) if name == "roles" else value):
            raise Conflict(reason)


def _lock_active(session: Session) -> None:
    """Wait for changes of active principals: two could each count on the other to stay."""
    active = select(Principal.principal_id).where(Principal.state == "active")
    in_order = active.order_by(Principal.principal_id)  # so that two never wait for each other
    session.execute(in_order.with_for_update(key_share=True)).all()


def hand_over(session: Session, giver: str, taker: str) -> dict[str, int]:
    """Give the collections and documents of one principal to another; return their numbers."""
    collections = session.execute(
        update(CollectionRow)
        .where(CollectionRow.owner_id == giver)
        .values(owner_id=taker)
        .returning(CollectionRow.name)
        .execution_options(synchronize_session=False)
    ).all()
    documents = session.execute(
        update(Document)
        .where(Document.owner_id == giver)
        .values(owner_id=taker)
        .returning(Document.document_id)
        .execution_options(synchronize_session=False)
    ).all()
    return {"collections": len(collections), "documents": len(documents)}


def id_of_settings_key(name: str) -> str:
    """Return the id of the principal that a key of the settings acts as."""
    return str(uuid.uuid5(_NAMESPACE, name))


def ensure(session: Session, principal_id: str, name: str) -> None:
    """Store an administrator that the settings define, if it is not stored yet."""
    kind = "person" if principal_id == FIRST_ADMINISTRATOR else "service"
    row = {"kind": kind, "email": "", "roles": ["admin"], "state": "active"}
    session.execute(
        insert_ignoring(session, Principal), {"principal_id": principal_id, "name": name, **row}
    )


def names_of(session: Session, principal_ids: Iterable[str]) -> dict[str, str]:
    """Return the names of principals by id; those that do not exist are left out."""
    ids = sorted(set(principal_ids))
    rows = session.execute(
        select(Principal.principal_id, Principal.name).where(Principal.principal_id.in_(ids))
    )
    return dict(rows.all())


def _roles_of_active(session: Session) -> Sequence[list[str]]:
    return session.scalars(select(Principal.roles).where(Principal.state == "active")).all()
