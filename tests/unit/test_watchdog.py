"""The watchdog ends a process after several failed checks in a row, and not before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from shared.bus.watchdog import Watchdog


async def gave_up(answers: Iterable[bool]) -> bool:
    """Return whether a watchdog that allows three misses gave up before the answers ran out."""
    given, over, left = iter(answers), asyncio.Event(), asyncio.Event()

    async def is_alive() -> bool:
        try:
            return next(given)
        except StopIteration:
            over.set()
            await asyncio.Event().wait()
            raise AssertionError from None

    watchdog = Watchdog(is_alive, every_s=0, max_misses=3, give_up=left.set)
    await watchdog.start()
    ended = [asyncio.create_task(event.wait()) for event in (over, left)]
    await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED, timeout=10)
    await watchdog.stop()
    for task in ended:
        task.cancel()
    return left.is_set()


@pytest.mark.parametrize(
    ("answers", "left"),
    [
        ([True, True, True, True], False),
        ([False, False, True, False, False, True], False),
        ([True, False, False, False], True),
        ([False, False, False], True),
    ],
)
async def test_a_process_ends_only_after_failed_checks_in_a_row(
    answers: list[bool], left: bool
) -> None:
    assert await gave_up(answers) is left
