"""Work in the background steps back, and nothing else does."""

from __future__ import annotations

import os
import threading

from shared.process.priority import NICENESS, start_with_low_priority


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_threads_that_are_started_in_the_background_step_back() -> None:
    found: list[int] = []

    def start() -> threading.Thread:
        thread = threading.Thread(target=lambda: found.append(niceness()))
        thread.start()
        return thread

    before = niceness()
    start_with_low_priority(start).join()
    assert found == [max(before, NICENESS)]
    assert niceness() == before
