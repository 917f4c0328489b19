"""A process steps back behind those that answer, in its session and with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.process.priority import NICENESS

# The system says nothing of processes that no session was ever begun for.
SHOW = """
import os
from pathlib import Path
from shared.process.priority import lower_priority
lower_priority()
group = Path("/proc/self/autogroup")
print(os.nice(0), *(group.read_text().split() if group.exists() else []))
"""
GROUP = Path("/proc/self/autogroup")


def shown(**options: bool) -> list[str]:
    """The process's niceness, then what the system says of its session, which may be nothing."""
    done = subprocess.run(
        [sys.executable, "-c", SHOW], capture_output=True, text=True, check=True, **options
    )
    return done.stdout.split()


def test_a_process_is_nicer_itself() -> None:
    assert shown()[0] == str(min(os.nice(0) + NICENESS, 19))


@pytest.mark.optional
@pytest.mark.skipif(not GROUP.exists(), reason="this system does not group by session")
def test_a_session_steps_back_with_the_process_that_leads_it() -> None:
    niceness, *session = shown(start_new_session=True)
    assert session[-1] == niceness


@pytest.mark.optional
@pytest.mark.skipif(not GROUP.exists(), reason="this system does not group by session")
def test_a_process_does_not_step_back_for_a_session_that_it_does_not_lead() -> None:
    before = GROUP.read_text().split()
    assert shown()[1:] == before
