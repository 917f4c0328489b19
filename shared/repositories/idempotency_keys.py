"""Idempotency keys: responses by the digest of a client's key, kept for a day."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from shared.database import sql
from shared.database.schema import IdempotencyKey

KEPT_S = 24 * 3600.0


def find(session: Session, key: str) -> tuple[str, dict[str, Any]] | None:
    """(fingerprint, response) stored under `key`; None if there is none or it is too old."""
    found = session.execute(
        select(IdempotencyKey.fingerprint, IdempotencyKey.response).where(
            IdempotencyKey.key == key, IdempotencyKey.created_at > sql.now(-KEPT_S)
        )
    ).first()
    return None if found is None else (found.fingerprint, found.response)


def create(session: Session, key: str, fingerprint: str, response: dict[str, Any]) -> None:
    """Store a response under `key`. IntegrityError: another request stored one first."""
    remove_expired(session)
    session.add(IdempotencyKey(key=key, fingerprint=fingerprint, response=response))
    session.flush()


def remove_expired(session: Session) -> int:
    """Delete keys older than `KEPT_S`; returns how many."""
    expired = delete(IdempotencyKey).where(IdempotencyKey.created_at <= sql.now(-KEPT_S))
    removed = session.execute(
        expired.returning(IdempotencyKey.key).execution_options(synchronize_session=False)
    )
    return len(removed.all())
