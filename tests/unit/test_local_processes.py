"""Supervised processes: small ones that answer `/readyz` like services."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.polling import NotUp, until
from deploy.local.ports import free_port
from deploy.local.reaper import family
from deploy.local.supervisor import SupervisedProcess, Supervisor

ROOT = Path(__file__).parents[2]
WAIT_S = 60.0
SERVICE = """
import http.server, pathlib, signal, subprocess, sys
port, mode, folder = int(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
if mode == "broken":
    sys.exit("nothing works here")
if mode == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if mode == "polite":
    def stop(*_):
        folder.joinpath("bye").write_text("bye")
        sys.exit(0)
    signal.signal(signal.SIGTERM, stop)
if mode in ("parent", "parent in another session"):
    child = subprocess.Popen(["sleep", "1000"], start_new_session=mode != "parent")
    folder.joinpath("child").write_text(str(child.pid))

class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()

http.server.HTTPServer(("127.0.0.1", port), Health).serve_forever()
"""
Start = Callable[[str], SupervisedProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Supervise one fake service of this mode."""
    script = tmp_path / "service.py"
    script.write_text(SERVICE)
    supervisors: list[Supervisor] = []

    def begin(mode: str) -> SupervisedProcess:
        port = free_port()
        process = SupervisedProcess(
            mode,
            [sys.executable, str(script), str(port), mode, str(tmp_path)],
            log=tmp_path / "log",
            cwd=tmp_path,
            environment=os.environ,
            port=port,
        )
        supervisors.append(Supervisor([process]))
        supervisors[-1].start()
        if mode != "broken":
            supervisors[-1].wait_ready(seconds=WAIT_S)
        return process

    yield begin
    for supervisor in supervisors:
        supervisor.stop(within_s=0.2)


def ready_again(process: SupervisedProcess) -> None:
    until(process.is_ready, seconds=WAIT_S, otherwise=process.log_tail)


def is_gone(pid: int) -> bool:
    return not family(pid)


def test_killed_process_is_restarted_on_its_port(start: Start) -> None:
    process = start("plain")
    before = process.pid
    process.kill()
    ready_again(process)
    assert process.pid != before
    assert process.restarts == 1


def test_descendants_are_killed_with_their_process(start: Start, tmp_path: Path) -> None:
    process = start("parent in another session")
    child = int((tmp_path / "child").read_text())
    assert child in [each.pid for each in family(process.pid or 0)]
    process.kill()
    assert is_gone(child)


def test_descendants_are_killed_before_a_restart(start: Start, tmp_path: Path) -> None:
    process = start("parent")
    child = int((tmp_path / "child").read_text())
    os.kill(process.pid or 0, signal.SIGKILL)
    ready_again(process)
    assert process.restarts == 1
    assert is_gone(child)


def test_stopped_process_is_not_restarted(start: Start, tmp_path: Path) -> None:
    process = start("polite")
    assert process.stop() == 0
    assert (tmp_path / "bye").read_text() == "bye"
    process.restart_if_due(time.monotonic() + 1000)
    assert process.pid is None
    process.start()
    ready_again(process)


def test_process_that_ignores_sigterm_is_killed(start: Start) -> None:
    assert start("stubborn").stop(within_s=0.2) == -signal.SIGKILL


def test_halted_process_resumes_and_can_be_stopped(start: Start) -> None:
    process = start("polite")
    pid = process.pid
    process.halt()
    process.resume()
    ready_again(process)
    assert process.pid == pid
    process.halt()
    assert process.stop() == 0


def test_process_that_keeps_ending_is_reported_with_its_log(tmp_path: Path, start: Start) -> None:
    process = start("broken")
    with pytest.raises(NotUp, match=r"broken keeps ending at its start(.|\n)*nothing works here"):
        Supervisor([process]).wait_ready(seconds=WAIT_S)


def test_children_end_when_their_starter_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "starter.py"
    script.write_text(
        "import os, pathlib, time\n"
        "from deploy.local.child_process import ChildProcess\n"
        "here = pathlib.Path.cwd()\n"
        "words = ['sleep', '1000']\n"
        "child = ChildProcess(words, log=here / 'log', cwd=here, environment=os.environ)\n"
        "child.start()\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(1000)\n"
    )
    with subprocess.Popen(
        [sys.executable, script],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    ) as starter:
        assert starter.stdout is not None
        child = int(starter.stdout.readline())
        assert not is_gone(child)
        starter.kill()
    until(lambda: is_gone(child), seconds=WAIT_S, otherwise=lambda: "it lives on")
