"""Reads and writes keys: only their hashes are stored."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, update
from sqlalchemy.orm import Session

from shared.database import sql
from shared.database.inserts import insert_new
from shared.database.schema import Key, Principal

# Seconds between two notes of a key's use: one write a minute of a key that is always used.
NOTED_EVERY_S = 60.0


class UsableKey(NamedTuple):
    """A key that opens, with the principal that it belongs to; `is_noted`: its use is, lately."""

    key_id: str
    principal_id: str
    name: str
    roles: list[str]
    scopes: list[str]
    is_noted: bool


def create(
    session: Session,
    *,
    principal_id: str,
    name: str,
    hint: str,
    key_hash: str,
    scopes: Iterable[str] = (),
    expires_at: datetime | None = None,
) -> Key:
    """Store a new key of a principal."""
    row = Key(
        key_id=str(uuid.uuid4()),
        principal_id=principal_id,
        name=name,
        hint=hint,
        key_hash=key_hash,
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    insert_new(session, row)
    session.refresh(row)
    return row


def usable(session: Session, key_hash: str) -> UsableKey | None:
    """Return the key with this hash; None if it is unknown, revoked or expired, or its principal
    is disabled."""
    noted = func.coalesce(Key.last_used_at > sql.now(-NOTED_EVERY_S), False)
    found = session.execute(
        select(
            Key.key_id, Principal.principal_id, Principal.name, Principal.roles, Key.scopes, noted
        )
        .join(Principal, Principal.principal_id == Key.principal_id)
        .where(Key.key_hash == key_hash, _is_usable(), Principal.state == "active")
    ).first()
    return UsableKey(*found) if found else None


def note_use(session: Session, key_id: str) -> None:
    """Store that a key was used now."""
    _set(session, key_id, last_used_at=sql.now())


def get(session: Session, key_id: str) -> Key | None:
    """Return one key, or None."""
    return session.get(Key, key_id, populate_existing=True)


def page(
    session: Session, *, principal_id: str | None = None, after: str = "", limit: int = 50
) -> list[Row[Key, str]]:
    """Return (key, name of its principal), of all or of one, after the id `after`."""
    query = select(Key, Principal.name).join(Principal, Principal.principal_id == Key.principal_id)
    if principal_id is not None:
        query = query.where(Key.principal_id == principal_id)
    return list(session.execute(query.where(Key.key_id > after).order_by(Key.key_id).limit(limit)))


def revoke(session: Session, key_id: str) -> bool:
    """Revoke a key; return False if it was revoked before."""
    return _set(session, key_id, Key.revoked_at.is_(None), revoked_at=sql.now())


def expire(session: Session, key_id: str, seconds: float) -> None:
    """Let a key expire after so many seconds, unless it expires sooner."""
    at = sql.now(seconds)
    _set(session, key_id, or_(Key.expires_at.is_(None), Key.expires_at > at), expires_at=at)


def is_usable(session: Session, key_id: str) -> bool:
    """Return whether a key is neither revoked nor expired."""
    return session.scalar(select(Key.key_id).where(Key.key_id == key_id, _is_usable())) is not None


def exist(session: Session) -> bool:
    """Return whether any usable key is stored."""
    return session.scalar(select(Key.key_id).where(_is_usable()).limit(1)) is not None


def _is_usable() -> ColumnElement[bool]:
    expires_later = or_(Key.expires_at.is_(None), Key.expires_at > sql.now())
    return and_(Key.revoked_at.is_(None), expires_later)


def _set(session: Session, key_id: str, *where: ColumnElement[bool], **values: Any) -> bool:
    changed = session.execute(
        update(Key)
        .where(Key.key_id == key_id, *where)
        .values(**values)
        .returning(Key.key_id)
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None
