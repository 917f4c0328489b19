"""The confinement of a reader's process before it opens a file."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

LOOK = """
from services.extractor.sandbox.confine import drop_terminal
for drop in (lambda: None, drop_terminal, drop_terminal):
    drop()
    try:
        open("/dev/tty").close()
    except OSError:
        print("none")
    else:
        print("terminal")
"""
# A session takes the first terminal that its leader opens.
IN_A_TERMINAL = f"""
import os, subprocess, sys
os.open(sys.argv[1], os.O_RDWR)
subprocess.run([sys.executable, "-c", {LOOK!r}], check=True)
"""


@pytest.mark.parametrize(
    ("program", "expected"),
    [(IN_A_TERMINAL, ["terminal", "none", "none"]), (LOOK, ["none"] * 3)],
    ids=["in a terminal", "without one"],
)
def test_a_reader_has_no_controlling_terminal(program: str, expected: list[str]) -> None:
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-c", program, os.ttyname(theirs)],
            capture_output=True,
            text=True,
            check=True,
            start_new_session=True,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.stdout.split() == expected
