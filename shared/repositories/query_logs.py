"""Reads query logs and stores users' feedback on answers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.orm import Session

from shared.database.schema import QueryLog


def set_feedback(session: Session, query_id: str, feedback: str) -> bool:
    """Store `positive`, `negative` or `neutral`; return False if the row doesn't exist."""
    changed = session.execute(
        update(QueryLog)
        .where(QueryLog.query_id == query_id)
        .values(user_feedback=feedback)
        .returning(QueryLog.query_id)
        .execution_options(synchronize_session=False)
    ).first()
    return changed is not None


def recent(
    session: Session, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> list[QueryLog]:
    """Return rows after `after` (created_at, query_id), newest first."""
    query = select(QueryLog)
    if after is not None:
        query = query.where(tuple_(QueryLog.created_at, QueryLog.query_id) < after)
    newest = query.order_by(QueryLog.created_at.desc(), QueryLog.query_id.desc())
    return list(session.scalars(newest.limit(limit)))


def count(session: Session) -> int:
    """Return the number of logged questions."""
    return session.scalar(select(func.count()).select_from(QueryLog)) or 0
