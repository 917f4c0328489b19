"""Waits for a condition, and fails when what is observed stops changing."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable

# Seconds without progress; a fault costs a lease, a sweep and a repeated hint, which are seconds in
# tests, and a busy machine needs the rest.
STALLED_AFTER_S = 120.0
POLL_EVERY_S = 0.05
# Seconds; seldom, because reading the progress is also work for the tested system.
OBSERVE_EVERY_S = 2.0


async def until(
    holds: Callable[[], bool | Awaitable[bool]],
    *,
    progress: Callable[[], object] = lambda: None,
    otherwise: Callable[[], object] = lambda: "the condition did not become true",
    stalled_after_s: float = STALLED_AFTER_S,
) -> None:
    """Return when `holds()` is true.

        await until(lambda: listener.events, otherwise=lambda: "no event arrived")

    Raises TimeoutError with `otherwise()` once `progress()` has had the same value for
    `stalled_after_s` seconds. Both may be async functions.
    """
    seen: object = None
    changed_at = observed_at = time.monotonic()
    while not await _value(holds):
        now = time.monotonic()
        if now - observed_at >= OBSERVE_EVERY_S:
            observed_at = now
            observed = await _value(progress)
            if observed != seen:
                seen, changed_at = observed, now
        if now - changed_at > stalled_after_s:
            raise TimeoutError(str(await _value(otherwise)))
        await asyncio.sleep(POLL_EVERY_S)


async def _value(function: Callable[[], object]) -> object:
    value = function()
    return await value if inspect.isawaitable(value) else value
