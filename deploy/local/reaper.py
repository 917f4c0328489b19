"""Ends what a starter left behind, whichever way that one died.

Runs as a process of its own from this file alone. Its input names process ids, `+12` to watch and
`-12` to forget. The input ends with the starter, and then what is still watched is killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_GONE_WITHIN_S = 10.0
_LOOK_EVERY_S = 0.01


@dataclass(frozen=True)
class _Entry:
    parent: int
    session: int
    is_dead: bool


def family(leader: int) -> list[int]:
    """The living processes of a session and all that descend from them, the leader first.

    Descendants may have sessions of their own, as PostgreSQL's have.
    """
    entries = _processes()
    found = {pid for pid, entry in entries.items() if leader in (pid, entry.session)}
    grown = True
    while grown:
        children = {pid for pid, entry in entries.items() if entry.parent in found} - found
        found |= children
        grown = bool(children)
    living = (pid for pid in found if not entries[pid].is_dead)
    return sorted(living, key=lambda pid: (pid != leader, pid))


def signal_family(leader: int, number: int) -> list[int]:
    """Send a signal to all of them; who they were."""
    members = family(leader)
    for pid in members:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
    return members


def kill_family(leader: int) -> None:
    """SIGKILL for all of them. Returns when they hold no port and no memory any more."""
    killed = set(signal_family(leader, signal.SIGKILL))
    deadline = time.monotonic() + _GONE_WITHIN_S
    while time.monotonic() < deadline:
        entries = _processes()
        if all(pid not in entries or entries[pid].is_dead for pid in killed):
            return
        time.sleep(_LOOK_EVERY_S)


def _processes() -> dict[int, _Entry]:
    entries = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name before the last bracket may hold anything.
            state, parent, _, session = path.read_text().rpartition(")")[2].split()[:4]
            entries[int(path.parent.name)] = _Entry(int(parent), int(session), state in "ZX")
    return entries


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
