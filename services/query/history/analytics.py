"""Figures of the query logs of a period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from services.query.schemas import Analytics, Latency, Unanswered
from shared.database.schema import QueryLog

# Percentiles are computed from so many latencies at most, to bound memory.
NEWEST = 10_000
_MOST_UNANSWERED = 20
_FEEDBACK = ("positive", "negative", "neutral")


def analyse(session: Session, since: datetime | None, until: datetime | None) -> Analytics:
    """Counts of the period `since` ≤ asked < `until`, and latencies of its newest questions."""
    period = _period(since, until)
    total, answered = session.execute(
        select(func.count(), func.count().filter(QueryLog.answered)).where(*period)
    ).one()
    return Analytics(
        total=total,
        answered=answered,
        unanswered=total - answered,
        feedback=_feedback(session, period),
        latency_ms=summary(_latencies(session, period)),
        unanswered_questions=_unanswered(session, period),
    )


def summary(latencies: Sequence[float]) -> Latency:
    """Mean and percentiles (nearest rank) of milliseconds."""
    ordered = sorted(latencies)

    def percentile(percent: int) -> float | None:
        rank = -(-percent * len(ordered) // 100)
        return round(ordered[rank - 1], 2) if ordered else None

    mean = round(sum(ordered) / len(ordered), 2) if ordered else None
    return Latency(mean=mean, p50=percentile(50), p95=percentile(95), p99=percentile(99))


def _period(since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    bounds: list[ColumnElement[bool]] = []
    if since is not None:
        bounds.append(QueryLog.created_at >= since)
    if until is not None:
        bounds.append(QueryLog.created_at < until)
    return bounds


def _feedback(session: Session, period: list[ColumnElement[bool]]) -> dict[str, int]:
    rows = session.execute(
        select(QueryLog.user_feedback, func.count())
        .where(*period, QueryLog.user_feedback.is_not(None))
        .group_by(QueryLog.user_feedback)
    )
    counted = {str(feedback): count for feedback, count in rows}
    return dict.fromkeys(_FEEDBACK, 0) | counted


def _latencies(session: Session, period: list[ColumnElement[bool]]) -> Sequence[float]:
    newest = select(QueryLog.response_latency_ms).where(*period)
    return session.scalars(newest.order_by(QueryLog.created_at.desc()).limit(NEWEST)).all()


def _unanswered(session: Session, period: list[ColumnElement[bool]]) -> list[Unanswered]:
    times, last = func.count(), func.max(QueryLog.created_at)
    rows = session.execute(
        select(QueryLog.query_text, times, last)
        .where(*period, QueryLog.answered.is_(False))
        .group_by(QueryLog.query_text)
        .order_by(times.desc(), last.desc())
        .limit(_MOST_UNANSWERED)
    )
    return [
        Unanswered(query_text=text, count=count, last_asked_at=asked_at)
        for text, count, asked_at in rows
    ]
