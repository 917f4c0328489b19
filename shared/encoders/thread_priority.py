"""Lowers the CPU priority of an engine's threads (Linux), so that batches delay no question."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

# Linux gives a thread of niceness 10 about a tenth of the CPU time of one of niceness 0.
NICENESS = 10


def start_with_low_priority(start: Callable[[], T]) -> T:
    """Return the result of `start`; the threads that it starts keep a low priority.

    A thread inherits its starter's niceness, so `start` runs in a temporary thread.
    """
    with ThreadPoolExecutor(1, initializer=_lower) as pool:
        return pool.submit(start).result()


def _lower() -> None:
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
