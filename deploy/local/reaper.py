"""Finds, signals and kills a process with its session and its descendants.

Run as a process of its own, it kills what a starter left behind, however the starter died. Lines of
its input are `+12` to watch process 12 and `-12` to forget it. The input ends with the starter;
then everything still watched is killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

import psutil

# Killed processes disappear within milliseconds unless the disk is stuck.
_GONE_WITHIN_S = 10.0
_POLL_EVERY_S = 0.01
_DEAD = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)


def family(leader: int) -> list[psutil.Process]:
    """Return the living processes of a session and all their descendants, the leader first.

    Descendants may have sessions of their own, as PostgreSQL's have.
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
    # Not `wait`: that would take the exit code from `subprocess`.
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
