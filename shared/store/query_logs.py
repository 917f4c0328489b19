"""Query logs: what was asked, what came back, and whether it helped."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, tuple_, update
from sqlalchemy.orm import Session

from shared.schema import QueryLog


def create(session: Session, **values: Any) -> None:
    """Store one log row; `query_id` and `query_text` are needed."""
    session.execute(insert(QueryLog.__table__).values(**values))  # type: ignore[arg-type]


def get(session: Session, query_id: str) -> QueryLog | None:
    """One log row."""
    return session.get(QueryLog, query_id)


def update_response(session: Session, query_id: str, **values: Any) -> bool:
    """Fill in what was not known when the row was written. False: no such row."""
    return _update(session, query_id, **values)


def set_feedback(session: Session, query_id: str, feedback: str) -> bool:
    """Note `positive`, `negative` or `neutral`. False: no such row."""
    return _update(session, query_id, user_feedback=feedback)


def recent(
    session: Session, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> list[QueryLog]:
    """Newest first, from behind `after` = (created_at, query_id)."""
    query = select(QueryLog)
    if after is not None:
        query = query.where(tuple_(QueryLog.created_at, QueryLog.query_id) < after)
    newest = query.order_by(QueryLog.created_at.desc(), QueryLog.query_id.desc())
    return list(session.scalars(newest.limit(limit)))


def count(session: Session) -> int:
    """How many questions were asked."""
    return session.scalar(select(func.count()).select_from(QueryLog)) or 0


def _update(session: Session, query_id: str, **values: Any) -> bool:
    changed = session.execute(
        update(QueryLog)
        .where(QueryLog.query_id == query_id)
        .values(**values)
        .returning(QueryLog.query_id)
        .execution_options(synchronize_session=False)
    ).first()
    return changed is not None
