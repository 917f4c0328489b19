"""Pure functions that decide whether and when a failed task is tried again.

A transient failure has eight attempts with pauses of 1, 2, 4 … 60 s, less jitter. A reader failure
has one more attempt in strict mode. A permanent failure ends the task at once. An unavailable
dependency costs no attempt. Removals are retried until they succeed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Literal

from shared.domain import errors
from shared.domain.stages import RETRIED_FOREVER

# The pauses between eight attempts add up to 1–2 minutes, so a short fault fails no document.
MAX_ATTEMPTS = 8
# Seconds; doubled per attempt, so a brief fault costs about a second and a long one few retries.
FIRST_PAUSE_S = 1.0
# Seconds; work resumes at most a minute after its dependency is back.
MAX_PAUSE_S = 60.0
# Interruptions that add no pause: a restart usually caused the first ones, not the task.
INTERRUPTIONS_WITHOUT_DELAY = 2

FailureKind = Literal["permanent", "reader", "transient", "unavailable", "lost"]
Action = Literal["fail", "retry", "retry_strict", "drop"]


@dataclass(frozen=True)
class Failure:
    """A classified failure: its kind, its error code and the message for the user."""

    kind: FailureKind
    code: str
    message: str


@dataclass(frozen=True)
class Decision:
    """The action that follows a failure after `pause_s` seconds, and whether the attempt counts."""

    action: Action
    pause_s: float = 0.0
    counts_attempt: bool = True


def classify_failure(error: BaseException) -> Failure:
    """Classify an exception; an unexpected one is transient."""
    match error:
        case errors.LeaseLost():
            return Failure("lost", error.code, error.message)
        case errors.PermanentError():
            return Failure("permanent", error.code, error.message)
        case errors.ReaderFailure():
            return Failure("reader", error.code, error.message)
        case errors.Unavailable():
            return Failure("unavailable", error.code, error.message)
        case errors.QuireError():
            return Failure("transient", error.code, error.message)
        case ConnectionError() | TimeoutError() | asyncio.TimeoutError():
            return Failure("unavailable", "internal", errors.Unavailable().message)
        case _:
            return Failure("transient", "internal", errors.QuireError().message)


def pause_before(attempt: int, jitter: float) -> float:
    """Return the seconds before attempt `attempt + 1`; `jitter` in 0..1 takes away up to half."""
    full = min(MAX_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (attempt - 1))
    return full * (1.0 - 0.5 * jitter)


def pause_after_interruption(attempt: int, jitter: float) -> float:
    """Return the pause in seconds after the interruption of attempt `attempt`.

    Later interruptions pause for different times, so that tasks interrupted together separate and
    only the one that kills its process uses up its attempts.
    """
    if attempt <= INTERRUPTIONS_WITHOUT_DELAY:
        return 0.0
    # The attempts of removals are not limited.
    return pause_before(min(attempt, MAX_ATTEMPTS), jitter)


def decide(
    failure: Failure, *, task_type: str, attempt: int, strict: bool, jitter: float
) -> Decision:
    """Return the action after a failure; `attempt` counts from 1 and includes the failed one."""
    if task_type in RETRIED_FOREVER and failure.kind != "lost":
        return Decision(
            "retry", pause_before(min(attempt, MAX_ATTEMPTS), jitter), counts_attempt=False
        )
    pause = pause_before(max(1, attempt), jitter)
    match failure.kind:
        case "lost":
            return Decision("drop")
        case "permanent":
            return Decision("fail")
        case "unavailable":
            return Decision("retry", pause, counts_attempt=False)
        case "reader":
            return Decision("fail") if strict else Decision("retry_strict")
        case "transient":
            return Decision("fail") if attempt >= MAX_ATTEMPTS else Decision("retry", pause)
