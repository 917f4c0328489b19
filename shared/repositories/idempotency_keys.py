"""Reads and writes responses by the digest of a client's idempotency key."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from shared.database import sql
from shared.database.inserts import insert_new
from shared.database.schema import IdempotencyRow

# Seconds: a day covers the retries of a client, and bounds the table.
KEPT_S = 24 * 3600.0


def find(session: Session, key: str) -> tuple[str, dict[str, Any]] | None:
    """Return (fingerprint, response) stored under `key`, or None if there is none or it expired."""
    found = session.execute(
        select(IdempotencyRow.fingerprint, IdempotencyRow.response).where(
            IdempotencyRow.key == key, IdempotencyRow.created_at > sql.now(-KEPT_S)
        )
    ).first()
    return None if found is None else (found.fingerprint, found.response)


def create(session: Session, key: str, fingerprint: str, response: dict[str, Any]) -> None:
    """Store a response, or raise AlreadyStored if another request has stored one."""
    remove_expired(session)
    row = IdempotencyRow(key=key, fingerprint=fingerprint, response=response)
    insert_new(session, row)


def remove_expired(session: Session) -> int:
    """Delete keys older than `KEPT_S` and return their number."""
    expired = delete(IdempotencyRow).where(IdempotencyRow.created_at <= sql.now(-KEPT_S))
    removed = session.execute(
        expired.returning(IdempotencyRow.key).execution_options(synchronize_session=False)
    )
    return len(removed.all())
