"""Processes that tests fork end with the tests, however these end."""

from __future__ import annotations

import signal
import subprocess
import sys

import psutil

from deploy.local.polling import until
from tests.support.warm import WarmProcess

WAIT_S = 60.0
SERVE = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "0"]


def start(warm_parent: str) -> WarmProcess:
    return WarmProcess(warm_parent, SERVE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_signal_ends_a_fork_and_is_its_exit_code(warm_parent: str) -> None:
    process = start(warm_parent)
    assert process.poll() is None
    process.terminate()
    assert process.wait(timeout=WAIT_S) == -signal.SIGTERM
    assert process.poll() == -signal.SIGTERM


def test_a_fork_ends_when_its_parent_is_killed(warm_parent: str) -> None:
    process = start(warm_parent)
    parent = psutil.Process(process.pid).parent()
    assert parent is not None
    parent.kill()
    until(lambda: is_gone(process.pid), seconds=WAIT_S, otherwise=lambda: "it still runs")
    assert process.wait(timeout=WAIT_S) == -signal.SIGKILL
