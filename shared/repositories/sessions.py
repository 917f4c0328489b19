"""Reads and writes the sessions of browsers: only hashes of their tokens are stored."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from shared.database import sql
from shared.database.inserts import insert_new
from shared.database.schema import SessionRow


def create(session: Session, token_hash: str, key_hash: str, expires_at: datetime) -> str:
    """Store a session that stands for the key with this hash, and return its id.

    Sessions that have expired are deleted.
    """
    session.execute(delete(SessionRow).where(SessionRow.expires_at < sql.now()))
    row = SessionRow(
        session_id=str(uuid.uuid4()),
        token_hash=token_hash,
        key_hash=key_hash,
        expires_at=expires_at,
    )
    insert_new(session, row)
    return row.session_id


def key_of(session: Session, token_hash: str) -> str | None:
    """Return the hash of the key that a session stands for; None if it is unknown or expired."""
    valid = (SessionRow.token_hash == token_hash, SessionRow.expires_at > sql.now())
    return session.scalar(select(SessionRow.key_hash).where(*valid))


def remove_oldest(session: Session, key_hash: str, *, keep: int) -> list[str]:
    """Delete the sessions of a key but for its newest ones, and return the ids of the deleted."""
    of_key = SessionRow.key_hash == key_hash
    newest = (SessionRow.created_at.desc(), SessionRow.session_id)
    kept = select(SessionRow.session_id).where(of_key).order_by(*newest).limit(keep)
    older = delete(SessionRow).where(of_key, SessionRow.session_id.not_in(kept))
    return list(session.scalars(older.returning(SessionRow.session_id)))


def remove(session: Session, token_hash: str) -> str | None:
    """Delete a session and return its id; None if there is none such."""
    same = delete(SessionRow).where(SessionRow.token_hash == token_hash)
    return session.scalar(same.returning(SessionRow.session_id))
