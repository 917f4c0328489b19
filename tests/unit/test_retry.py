"""The retry table: the action that follows each kind of failure."""

from __future__ import annotations

import pytest

from shared.domain import errors
from shared.domain.retry import (
    MAX_ATTEMPTS,
    classify_failure,
    decide,
    pause_after_interruption,
    pause_before,
)


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (errors.Encrypted(), "permanent", "encrypted"),
        (errors.Bomb(), "permanent", "bomb"),
        (errors.UnsupportedType(), "permanent", "unsupported_type"),
        (errors.ParserCrash(), "reader", "parser_crash"),
        (errors.ReadTimeout(), "reader", "timeout"),
        (errors.OutOfMemory(), "reader", "out_of_memory"),
        (errors.EmbedFailed(), "transient", "embed_failed"),
        (errors.IndexFailed(), "transient", "index_failed"),
        (errors.Unavailable(), "unavailable", "internal"),
        (ConnectionRefusedError(), "unavailable", "internal"),
        (TimeoutError(), "unavailable", "internal"),
        (errors.LeaseLost(), "lost", "internal"),
        (RuntimeError("surprise"), "transient", "internal"),
    ],
)
def test_every_error_has_one_kind_of_failure(error: Exception, kind: str, code: str) -> None:
    failure = classify_failure(error)
    assert (failure.kind, failure.code) == (kind, code)
    assert failure.message.endswith((".", "again."))
    assert "surprise" not in failure.message


@pytest.mark.parametrize(
    ("error", "task_type", "attempt", "strict", "action", "counts_attempt"),
    [
        (errors.Encrypted(), "extract", 1, False, "fail", True),
        (errors.ParserCrash(), "extract", 1, False, "retry_strict", True),
        (errors.ParserCrash(), "extract", 1, True, "fail", True),
        (errors.OutOfMemory(), "extract", 3, True, "fail", True),
        (errors.EmbedFailed(), "embed", 1, False, "retry", True),
        (errors.EmbedFailed(), "embed", MAX_ATTEMPTS - 1, False, "retry", True),
        (errors.EmbedFailed(), "embed", MAX_ATTEMPTS, False, "fail", True),
        (errors.Unavailable(), "embed", MAX_ATTEMPTS + 9, False, "retry", False),
        (errors.LeaseLost(), "index", 1, False, "drop", True),
        (errors.IndexFailed(), "delete", MAX_ATTEMPTS + 9, False, "retry", False),
        (errors.IndexFailed(), "retire", 1, False, "retry", False),
        (errors.LeaseLost(), "delete", 1, False, "drop", True),
    ],
)
def test_the_decision_follows_the_table(
    error: Exception, task_type: str, attempt: int, strict: bool, action: str, counts_attempt: bool
) -> None:
    decision = decide(
        classify_failure(error), task_type=task_type, attempt=attempt, strict=strict, jitter=0.0
    )
    assert (decision.action, decision.counts_attempt) == (action, counts_attempt)


@pytest.mark.parametrize(
    ("attempt", "full"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (40, 60)]
)
def test_pauses_double_up_to_a_minute_and_jitter_takes_at_most_half(
    attempt: int, full: float
) -> None:
    assert pause_before(attempt, 0.0) == full
    assert pause_before(attempt, 1.0) == full / 2


@pytest.mark.parametrize(
    ("attempt", "full"), [(1, 0.0), (2, 0.0), (3, 4.0), (4, 8.0), (7, 60.0), (5000, 60.0)]
)
def test_interrupted_work_continues_at_once_then_after_growing_pauses(
    attempt: int, full: float
) -> None:
    assert pause_after_interruption(attempt, 0.0) == full
    assert pause_after_interruption(attempt, 1.0) == full / 2
