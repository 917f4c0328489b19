"""A server of the benchmark's own: `quire serve` on an empty folder, in a process of its own."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from services.cli.local_server import environment

READY_WITHIN_S = 300.0
STOPPED_WITHIN_S = 30.0
_LOOK_EVERY_S = 0.02


class NotStarted(Exception):
    """The server ended, or never became ready; the message has the end of its log."""


@dataclass(frozen=True)
class Server:
    """A server that runs. `ready_s` is the time from its start to the first good `/readyz`."""

    url: str
    pid: int
    ready_s: float


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A server that keeps everything in `folder`/data, stopped at the end. NotStarted."""
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    url, log = f"http://127.0.0.1:{port}", folder / "server.log"
    begun = time.perf_counter()
    process = _spawn(folder, port, log)
    try:
        _wait_until_ready(process, url, log, begun + READY_WITHIN_S)
        yield Server(url, process.pid, time.perf_counter() - begun)
    finally:
        _stop(process)


def start(module: str, *arguments: str, folder: Path, **pipes: Any) -> subprocess.Popen[Any]:
    """Run a module with the settings that a new server has: `folder` has no `.env`."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.Popen(command, cwd=folder, env=environment(os.environ), **pipes)


def data_dir(folder: Path) -> Path:
    """Where a server that was started with this folder keeps its data."""
    return folder / "data"


def _spawn(folder: Path, port: int, log: Path) -> subprocess.Popen[Any]:
    arguments = ["serve", "--port", str(port), "--data-dir", str(data_dir(folder))]
    with log.open("ab") as output:
        return start("services.cli.main", *arguments, folder=folder, stdout=output, stderr=output)


def _wait_until_ready(process: subprocess.Popen[Any], url: str, log: Path, deadline: float) -> None:
    with httpx.Client(base_url=url, timeout=5, trust_env=False) as http:
        while process.poll() is None and time.perf_counter() < deadline:
            with contextlib.suppress(httpx.TransportError):
                if http.get("/readyz").is_success:
                    return
            time.sleep(_LOOK_EVERY_S)
    end = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise NotStarted(f"The server did not start. The end of its log:\n{end}")


def _stop(process: subprocess.Popen[Any]) -> None:
    process.terminate()
    try:
        process.wait(STOPPED_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
