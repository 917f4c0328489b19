"""Reads and writes query logs, and adds up those of a period: `since` ≤ asked < `until`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, select, tuple_, update
from sqlalchemy.orm import Session

from shared.database import sql
from shared.database.inserts import insert_or_update
from shared.database.schema import Conversation, QueryLog
from shared.repositories import access


def create_many(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store rows, which have the same columns; of stored ones, change those still running.

    So a call that was interrupted can be repeated.
    """
    columns = rows[0].keys() - {"query_id", "created_at"}
    insert = insert_or_update(session, QueryLog, columns, where=QueryLog.state == "running")
    session.execute(insert, [dict(row) for row in rows])


def set_feedback(session: Session, query_id: str, feedback: str) -> bool:
    """Store `positive`, `negative` or `neutral`; return False if the row doesn't exist."""
    changed = session.execute(
        update(QueryLog)
        .where(QueryLog.query_id == query_id, *access.on_logs())
        .values(user_feedback=feedback)
        .returning(QueryLog.query_id)
        .execution_options(synchronize_session=False)
    ).first()
    return changed is not None


def recent(
    session: Session, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> list[QueryLog]:
    """Return rows after `after` (created_at, query_id), newest first."""
    query = select(QueryLog).where(*access.on_logs())
    if after is not None:
        query = query.where(tuple_(QueryLog.created_at, QueryLog.query_id) < after)
    newest = query.order_by(QueryLog.created_at.desc(), QueryLog.query_id.desc())
    return list(session.scalars(newest.limit(limit)))


def count(session: Session) -> int:
    """Return the number of logged questions."""
    logged = select(func.count()).select_from(QueryLog).where(*access.on_logs())
    return session.scalar(logged) or 0


def count_answered(
    session: Session, since: datetime | None, until: datetime | None
) -> tuple[int, int]:
    """Return the number of questions of the period, and of those that were answered."""
    counts = select(func.count(), func.count().filter(QueryLog.answered))
    total, answered = session.execute(counts.where(*_period(since, until))).one()
    return total, answered


def count_by_feedback(
    session: Session, since: datetime | None, until: datetime | None
) -> dict[str, int]:
    """Return the number of answers of the period by their users' feedback."""
    rows = session.execute(
        select(QueryLog.user_feedback, func.count())
        .where(*_period(since, until), QueryLog.user_feedback.is_not(None))
        .group_by(QueryLog.user_feedback)
    )
    return {str(feedback): number for feedback, number in rows}


def newest_latencies(
    session: Session, since: datetime | None, until: datetime | None, *, limit: int
) -> Sequence[float]:
    """Return the milliseconds that the newest questions of the period took."""
    latencies = select(QueryLog.response_latency_ms).where(*_period(since, until))
    return session.scalars(latencies.order_by(QueryLog.created_at.desc()).limit(limit)).all()


def unanswered(
    session: Session, since: datetime | None, until: datetime | None, *, limit: int
) -> Sequence[Row[str, int, datetime]]:
    """Return (text, times asked, last asked) of unanswered questions, the most frequent first."""
    times, last = func.count(), func.max(QueryLog.created_at)
    return session.execute(
        select(QueryLog.query_text, times, last)
        .where(*_period(since, until), QueryLog.answered.is_(False))
        .group_by(QueryLog.query_text)
        .order_by(times.desc(), last.desc())
        .limit(limit)
    ).all()


def remove(session: Session, *, before_s: float) -> int:
    """Delete rows older than `before_s` seconds and return their number.

    Conversations that nobody has continued for so long go with all of their turns.
    """
    session.execute(delete(Conversation).where(Conversation.updated_at < sql.now(-before_s)))
    old = delete(QueryLog).where(QueryLog.created_at < sql.now(-before_s))
    return len(session.execute(old.returning(QueryLog.query_id)).all())


def _period(since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    bounds = access.on_logs()
    if since is not None:
        bounds.append(QueryLog.created_at >= since)
    if until is not None:
        bounds.append(QueryLog.created_at < until)
    return bounds
