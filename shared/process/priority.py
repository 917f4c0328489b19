"""Letting others go first, where they share a computer with this process (Linux).

Niceness orders the processes of one session. Between sessions Linux may share a processor evenly
whatever their niceness, unless they have one as a whole too: see sched(7), "The autogroup feature".
So whom we start, to be ordered with us, stays in our session; who leads one sets it as well.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

NICENESS = 10

_AUTOGROUP = Path("/proc/self/autogroup")
# All users together may set one session's niceness each tenth of a second.
_TRIES, _PAUSE_S = 20, 0.1


def lower_priority() -> None:
    """Be nicer, with the whole session where this process leads one."""
    niceness = os.nice(NICENESS)
    if os.getsid(0) == os.getpid():
        _set_session(niceness)


def _set_session(niceness: int) -> None:
    for _ in range(_TRIES):
        try:
            _AUTOGROUP.write_text(str(niceness))
        except BlockingIOError:
            time.sleep(_PAUSE_S)
        except OSError:
            return  # This system has none, or shares its processors out another way.
        else:
            return


def start_with_low_priority(start: Callable[[], T]) -> T:
    """What `start` returns; the threads that it starts have a low priority, and keep it.

    A thread inherits the niceness of the one that starts it, so `start` runs in one of its own.
    """
    with ThreadPoolExecutor(1, initializer=_lower_thread_priority) as pool:
        return pool.submit(start).result()


def _lower_thread_priority() -> None:
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
