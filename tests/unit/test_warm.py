"""Processes that tests fork end with the tests, however these end."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

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


@pytest.mark.parametrize(("option", "code"), [("--help", 0), ("--no-such-option", 2)])
def test_a_fork_has_the_exit_code_and_output_of_its_module(
    option: str, code: int, warm_parent: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "json.tool", option]
    with (tmp_path / "output").open("wb") as output:
        process = WarmProcess(warm_parent, command, stdout=output, stderr=output)
    assert process.wait(timeout=WAIT_S) == code
    assert "usage" in (tmp_path / "output").read_text()


def test_a_fork_ends_when_its_parent_is_killed(warm_parent: str) -> None:
    process = start(warm_parent)
    parent = psutil.Process(process.pid).parent()
    assert parent is not None
    parent.kill()
    until(lambda: is_gone(process.pid), seconds=WAIT_S, otherwise=lambda: "it still runs")
    assert process.wait(timeout=WAIT_S) == -signal.SIGKILL
