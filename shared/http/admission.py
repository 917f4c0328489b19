"""Rations requests: how many run at once of each kind, and how many each caller sends.

What is too much is refused at once, with the time after which it may be tried again: requests that
queue without end make all others slow, health checks too.
"""

from __future__ import annotations

import math
import time
from collections import Counter as Multiset
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shared.domain.caller import FIRST_ADMINISTRATOR, Caller
from shared.http.middleware import OPEN_PATHS, App, Receive, Scope, Send, reject
from shared.http.problems import Problem
from shared.telemetry.metrics import REFUSED_REQUESTS

# Seconds. A request that runs takes less than a second, uploads of large files apart.
_RETRY_AFTER_S = 1
# Callers whose rate is remembered; with API keys there are far fewer, addresses are countless.
_MAX_CALLERS = 10_000

_TOO_MANY_AT_ONCE = (
    "You have {count} requests running, which is the most at once. Let one end first."
)
_TOO_FAST = "You send more than {rate:g} requests a second. Try again in {pause} s."
_BUSY = "The server has as many requests like this one as it can work on. Try again in a moment."


@dataclass(frozen=True)
class Rations:
    """The most requests of one caller a second and at once, and of each kind at once; 0: any."""

    per_second: float = 0.0
    at_once: int = 0
    of_kind: Mapping[str, int] | None = None


class TokenBucket:
    """Allows `rate` requests a second on average, and as many at once after a pause."""

    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._most = max(1.0, rate)
        self._tokens, self._at = self._most, now

    def wait_s(self, now: float) -> float:
        """Take one request: return 0, or the seconds after which one is allowed."""
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._rate


class Admission:
    """Refuses requests beyond the rations with 429 (of one caller) or 503 (in all).

    `kind_of` returns the kind of a request, or "" for one that is rationed by caller only, or None
    for one that is not rationed. Callers are API keys; without keys, addresses.
    """

    def __init__(
        self,
        app: App,
        *,
        rations: Rations,
        kind_of: Callable[[Scope], str | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._rations = rations
        self._most_of_kind = dict(rations.of_kind or {})
        self._kind_of = kind_of
        self._clock = clock
        self._running: Multiset[str] = Multiset()
        self._running_of: Multiset[str] = Multiset()
        self._buckets: dict[str, TokenBucket] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = None
        if scope["type"] == "http" and scope["path"] not in OPEN_PATHS:
            kind = self._kind_of(scope)
        if kind is None:
            await self._app(scope, receive, send)
            return
        caller = rationed_as(scope)
        problem = self._problem(kind, caller)
        if problem is not None:
            REFUSED_REQUESTS.labels(problem.code).inc()
            await reject(scope, send, problem)
            return
        self._running[kind] += 1
        self._running_of[caller] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._running[kind] -= 1
            self._running_of[caller] -= 1
            if not self._running_of[caller]:
                del self._running_of[caller]

    def _problem(self, kind: str, caller: str) -> Problem | None:
        rations = self._rations
        if 0 < rations.at_once <= self._running_of[caller]:
            sentence = _TOO_MANY_AT_ONCE.format(count=rations.at_once)
            return _refused(429, "too_many_at_once", sentence, _RETRY_AFTER_S)
        if 0 < self._most_of_kind.get(kind, 0) <= self._running[kind]:
            return _refused(503, "overloaded", _BUSY, _RETRY_AFTER_S)
        if rations.per_second and (wait := self._wait_s(caller)):
            pause = math.ceil(wait)
            sentence = _TOO_FAST.format(rate=rations.per_second, pause=pause)
            return _refused(429, "too_many_requests", sentence, pause)
        return None

    def _wait_s(self, caller: str) -> float:
        now = self._clock()
        bucket = self._buckets.pop(caller, None) or TokenBucket(self._rations.per_second, now)
        # The last one, so that the first is the one whose caller has been silent for longest.
        self._buckets[caller] = bucket
        if len(self._buckets) > _MAX_CALLERS:
            del self._buckets[next(iter(self._buckets))]
        return bucket.wait_s(now)


def rationed_as(scope: Scope) -> str:
    """Return the principal that asks; the client's address where no keys are asked for."""
    caller: Caller | None = scope.get("state", {}).get("caller")
    if caller is not None and (caller.key_id or caller.principal_id != FIRST_ADMINISTRATOR):
        return f"principal {caller.principal_id}"
    client = scope.get("client")
    return f"address {client[0] if client else ''}"


def _refused(status: int, code: str, sentence: str, pause: int) -> Problem:
    return Problem(status, code, sentence, headers={"Retry-After": str(pause)})
