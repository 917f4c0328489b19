"""Which failures of a model are tried again before its first token, and when. No I/O."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from services.query.answers.llm.base import Reason

RETRIES = 2
# Seconds; a server that asks for more is not waited for, since a person waits for the answer.
LONGEST_WAIT_S = 10.0
_FIRST_WAIT_S = 0.5
_RETRIED = frozenset({429, 500, 502, 503, 504, 529})


def reason_of(status: int) -> Reason:
    """Return the reason of a response that is not 200.

    >>> reason_of(429), reason_of(503), reason_of(401)
    ('rate_limited', 'unreachable', 'refused')
    """
    if status == 429:
        return "rate_limited"
    return "unreachable" if status >= 500 else "refused"


def wait_s(
    attempt: int, status: int | None, retry_after_s: float | None, jitter: float
) -> float | None:
    """Return the seconds to wait before another try, or None if there is none.

    `attempt` counts the tries so far; `status` is None if there was no connection; `jitter` is
    from 0 to 1.

    >>> wait_s(1, 503, None, 0), wait_s(1, 429, 4.0, 0), wait_s(1, 401, None, 0)
    (0.5, 4.0, None)
    """
    if attempt > RETRIES or (status is not None and status not in _RETRIED):
        return None
    if retry_after_s is not None:
        return retry_after_s if retry_after_s <= LONGEST_WAIT_S else None
    return _FIRST_WAIT_S * 2.0 ** (attempt - 1) * (1 + jitter)


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Return the seconds of a `Retry-After` header, which has seconds or a date.

    >>> retry_after_s("7", datetime.now(UTC)), retry_after_s("soon", datetime.now(UTC))
    (7.0, None)
    """
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())
