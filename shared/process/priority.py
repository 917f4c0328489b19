"""Lowers the CPU priority of this process (Linux).

Niceness orders processes within one session only. With autogroups Linux shares the CPU evenly
between sessions unless a session has a niceness too: see sched(7), "The autogroup feature". A child
process therefore stays in its parent's session, and a session leader also sets the session's value.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

# Linux gives a process of niceness 10 about a tenth of the CPU time of one of niceness 0.
NICENESS = 10

_AUTOGROUP = Path("/proc/self/autogroup")
# The kernel accepts one change per 0.1 s from all unprivileged users together; 20 tries are 2 s,
# enough for several processes that start at the same time.
_TRIES, _PAUSE_S = 20, 0.1


def lower_priority() -> None:
    """Raise this process's niceness, and its session's if it leads one."""
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
            return  # The system has no autogroups; the niceness of the process is enough.
        else:
            return
