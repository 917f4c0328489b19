"""Lower priority of a process, of a session that it leads, and of a thread."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from shared.encoders import thread_priority
from shared.process.priority import NICENESS

# /proc/self/autogroup is empty for a process that was never in a session.
SHOW = """
import os
from pathlib import Path
from shared.process.priority import lower_priority
lower_priority()
group = Path("/proc/self/autogroup")
print(os.nice(0), *(group.read_text().split() if group.exists() else []))
"""
GROUP = Path("/proc/self/autogroup")


def shown(**options: Any) -> list[str]:
    """Return the process's niceness, then the words of its autogroup file, if there are any."""
    done = subprocess.run(
        [sys.executable, "-c", SHOW], capture_output=True, text=True, check=True, **options
    )
    return done.stdout.split()


def niceness() -> int:
    """Return the niceness of this thread."""
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_lower_priority_raises_the_niceness_of_the_process() -> None:
    assert shown()[0] == str(min(os.nice(0) + NICENESS, 19))


@pytest.mark.optional
@pytest.mark.skipif(not GROUP.exists(), reason="this system does not group by session")
def test_a_session_leader_raises_the_niceness_of_its_session() -> None:
    of_process, *session = shown(start_new_session=True)
    assert session[-1] == of_process


@pytest.mark.optional
@pytest.mark.skipif(not GROUP.exists(), reason="this system does not group by session")
def test_a_process_leaves_a_session_that_it_does_not_lead_unchanged() -> None:
    before = GROUP.read_text().split()
    assert shown()[1:] == before


def test_a_thread_that_is_started_with_low_priority_leaves_its_starter_unchanged() -> None:
    found: list[int] = []

    def start() -> threading.Thread:
        thread = threading.Thread(target=lambda: found.append(niceness()))
        thread.start()
        return thread

    before = niceness()
    thread_priority.start_with_low_priority(start).join()
    assert found == [max(before, thread_priority.NICENESS)]
    assert niceness() == before
