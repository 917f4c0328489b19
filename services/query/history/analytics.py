"""Computes figures of the query logs of a period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from services.query.schemas import Analytics, Latency, Unanswered
from shared.repositories import query_logs

# Latencies from which percentiles are computed, to limit memory.
NEWEST = 10_000
# Unanswered questions that are listed.
_MAX_UNANSWERED = 20
_FEEDBACK = ("positive", "negative", "neutral")


def analyse(session: Session, since: datetime | None, until: datetime | None) -> Analytics:
    """Return counts of the period `since` ≤ asked < `until`, and its newest latencies."""
    total, answered = query_logs.count_answered(session, since, until)
    latencies = query_logs.newest_latencies(session, since, until, limit=NEWEST)
    unanswered = query_logs.unanswered(session, since, until, limit=_MAX_UNANSWERED)
    return Analytics(
        total=total,
        answered=answered,
        unanswered=total - answered,
        feedback=dict.fromkeys(_FEEDBACK, 0) | query_logs.count_by_feedback(session, since, until),
        latency_ms=summary(latencies),
        unanswered_questions=[
            Unanswered(query_text=text, count=count, last_asked_at=asked_at)
            for text, count, asked_at in unanswered
        ],
    )


def summary(latencies: Sequence[float]) -> Latency:
    """Return mean and percentiles (nearest rank) of latencies in milliseconds."""
    ordered = sorted(latencies)

    def percentile(percent: int) -> float | None:
        rank = -(-percent * len(ordered) // 100)
        return round(ordered[rank - 1], 2) if ordered else None

    mean = round(sum(ordered) / len(ordered), 2) if ordered else None
    return Latency(mean=mean, p50=percentile(50), p95=percentile(95), p99=percentile(99))
