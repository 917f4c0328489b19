"""Threads that let others go first: requests are answered while every core encodes (Linux)."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

NICENESS = 10


def started_in_background(start: Callable[[], T]) -> T:
    """What `start` returns; the threads that it starts have a low priority, and keep it.

    A thread inherits the niceness of the one that starts it, so `start` runs in one of its own.
    """
    with ThreadPoolExecutor(1, initializer=_step_back) as pool:
        return pool.submit(start).result()


def _step_back() -> None:
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
