"""Finds, signals and kills a process with its session and its descendants.

As a separate process it kills the processes that a starter left behind, even if the starter was
killed. A line of its input is `+12` to watch process 12 or `-12` to forget it. When the starter
ends, the input ends, and the reaper kills all processes that it still watches.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

import psutil

# Seconds; killed processes disappear within milliseconds unless the disk is stuck.
_GONE_WITHIN_S = 10.0
_POLL_EVERY_S = 0.01
_DEAD = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)


def family(leader: int) -> list[psutil.Process]:
    """Return the living processes of a session and all their descendants, the leader first.

    Descendants may be in other sessions, as PostgreSQL's are.
    """
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            if process.pid == leader or os.getsid(process.pid) == leader:
                members = (process, *process.children(recursive=True))
                found |= {each.pid: each for each in members}
    living = filter(_is_alive, found.values())
    return sorted(living, key=lambda process: (process.pid != leader, process.pid))


def signal_family(leader: int, number: int) -> list[psutil.Process]:
    """Send a signal to the whole family and return its members."""
    members = family(leader)
    for process in members:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)
    return members


def kill_family(leader: int) -> None:
    """Send SIGKILL to the whole family; return when its ports and memory are free."""
    killed = signal_family(leader, signal.SIGKILL)
    deadline = time.monotonic() + _GONE_WITHIN_S
    while any(map(_is_alive, killed)) and time.monotonic() < deadline:
        time.sleep(_POLL_EVERY_S)


def _is_alive(process: psutil.Process) -> bool:
    # `wait` is not used, because it would take the exit code from `subprocess`.
    try:
        return process.is_running() and process.status() not in _DEAD
    except psutil.NoSuchProcess:
        return False


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watched: set[int] = set()
    for line in sys.stdin:
        if line.startswith("+"):
            watched.add(int(line))
        else:
            watched.discard(-int(line))
    for leader in watched:
        kill_family(leader)


if __name__ == "__main__":
    main()
