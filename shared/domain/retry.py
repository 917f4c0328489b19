"""What happens after a failure. A decision is a value: pure functions, tested by a table.

Transient failures wait 1, 2, 4 … 60 s with jitter and have eight attempts. A parser that broke gets
one more attempt in strict mode. What can't change fails at once. A dependency that is down spends
no attempt, and neither does removal: what a user wants gone is tried until it is gone.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Literal

from shared.domain import errors
from shared.domain.stages import RETRIED_FOREVER

MAX_ATTEMPTS = 8
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
INTERRUPTIONS_WITHOUT_DELAY = 2

FailureKind = Literal["permanent", "reader", "transient", "unavailable", "lost"]
Action = Literal["fail", "retry", "retry_strict", "drop"]


@dataclass(frozen=True)
class Failure:
    """One failure, sorted: its kind, its code of the closed list and the user's sentence."""

    kind: FailureKind
    code: str
    message: str


@dataclass(frozen=True)
class Decision:
    """What to do next: after `pause_s` seconds, and whether the attempt counts."""

    action: Action
    pause_s: float = 0.0
    counts_attempt: bool = True


def sort_failure(error: BaseException) -> Failure:
    """Sorts an error into its kind of failure; an unknown error is transient."""
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
    """Seconds before attempt `attempt + 1`; `jitter` in 0..1 takes away up to half."""
    full = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (attempt - 1))
    return full * (1.0 - 0.5 * jitter)


def pause_after_interruption(attempt: int, jitter: float) -> float:
    """Seconds before work goes on whose process died or was away during attempt `attempt`.

    None at first: such work is seldom to blame. What is interrupted again waits, and each for
    another while, so that in the end only what kills its process is there whenever it dies.
    """
    if attempt <= INTERRUPTIONS_WITHOUT_DELAY:
        return 0.0
    # Removals count on without end.
    return pause_before(min(attempt, MAX_ATTEMPTS), jitter)


def decide(
    failure: Failure, *, task_type: str, attempt: int, strict: bool, jitter: float
) -> Decision:
    """The retry table. `attempt` counts from 1 and includes the one that just failed."""
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
