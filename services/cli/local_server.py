"""Runs a temporary Quire server on a free port with its data in a given folder."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from services.cli.client import Client
from services.cli.exits import CommandError, Refused, Unreachable

ROOT = Path(__file__).resolve().parents[2]
# Settings of the user's own server do not apply here, except those of the encoder.
KEPT = ("QUIRE_CACHE_DIR", "QUIRE_ENCODER_")
# Seconds; the first start also prepares the encoder.
READY_WITHIN_S = 120.0
# Seconds for running steps to end; SIGKILL follows.
STOPPED_WITHIN_S = 20.0
_POLL_EVERY_S = 0.05


@contextlib.contextmanager
def local_server(folder: Path) -> Iterator[str]:
    """Yield the address of a server that keeps its data in `folder`; CommandError if it fails."""
    ready_file, log_file = folder / "address", folder / "server.log"
    command = [sys.executable, "-m", "services.cli.main", "serve", "--port", "0"]
    command += ["--data-dir", str(folder / "data"), "--ready-file", str(ready_file)]
    with log_file.open("wb") as log:
        # `folder` has no `.env`. In its own session Ctrl-C reaches only the client, which then
        # stops the server.
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield _address(process, ready_file, log_file)
        finally:
            _stop(process)


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the server's environment: the caller's, with the Quire settings of KEPT only."""
    kept = {
        name: value
        for name, value in inherited.items()
        if not name.startswith("QUIRE_") or name.startswith(KEPT)
    }
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), kept.get("PYTHONPATH")]))}


def _address(process: subprocess.Popen[bytes], ready_file: Path, log_file: Path) -> str:
    deadline = time.monotonic() + READY_WITHIN_S
    while process.poll() is None and time.monotonic() < deadline:
        if ready_file.is_file() and _is_ready(address := ready_file.read_text(encoding="utf-8")):
            return address
        time.sleep(_POLL_EVERY_S)
    end = log_file.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise CommandError(f"The server did not start. The end of its log:\n{end}")


def _is_ready(address: str) -> bool:
    try:
        with Client(address) as client:
            client.ready()
    except (Refused, Unreachable):
        return False
    return True


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOPPED_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
