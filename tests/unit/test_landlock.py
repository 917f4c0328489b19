"""Landlock denies files, TCP and signals, and can leave folders to read."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path
from typing import Any

from services.extractor.sandbox import landlock, privileges
from tests.support.isolated import outcome


def restricted(action: Any, *readable: str) -> Any:
    def run() -> Any:
        privileges.forbid_new_privileges()
        landlock.restrict(readable)
        return action()

    return outcome(run)


def test_no_file_is_opened_made_or_removed(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("text")
    assert outcome(path.read_text) == "text"
    assert restricted(path.read_text) == "PermissionError"
    assert restricted(lambda: os.listdir(tmp_path)) == "PermissionError"
    assert restricted(lambda: (tmp_path / "g").write_text("x")) == "PermissionError"
    assert restricted(path.unlink) == "PermissionError"
    assert restricted(lambda: path.rename(tmp_path / "g")) == "PermissionError"
    assert path.read_text() == "text"


def test_files_that_are_open_stay_readable(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("text")
    with path.open() as file:
        assert restricted(file.read) == "text"


def test_given_folders_and_files_are_read_and_not_written(tmp_path: Path) -> None:
    inside, single, outside = tmp_path / "in", tmp_path / "f", tmp_path / "g"
    inside.mkdir()
    for path in (inside / "f", single, outside):
        path.write_text("text")
    given = (str(inside), str(single))
    assert restricted((inside / "f").read_text, *given) == "text"
    assert restricted(single.read_text, *given) == "text"
    assert restricted(outside.read_text, *given) == "PermissionError"
    assert restricted(lambda: single.write_text("x"), *given) == "PermissionError"
    assert restricted((inside / "f").unlink, *given) == "PermissionError"


def test_only_given_programs_are_started() -> None:
    run = lambda: subprocess.run(["/bin/true"], check=True, stdin=None).returncode  # noqa: E731
    libraries = [path for path in ("/bin", "/usr", "/lib", "/lib64") if os.path.exists(path)]
    assert restricted(run, *libraries) == 0
    assert restricted(run) == "PermissionError"


def test_no_tcp_connection_is_made() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()[:2]

        def connect() -> str:
            with socket.create_connection(address, timeout=10):
                return "connected"

        assert outcome(connect) == "connected"
        expected = "PermissionError" if landlock.version() >= 4 else "connected"
        assert restricted(connect) == expected


def test_no_process_outside_is_signalled() -> None:
    parent = os.getpid()
    expected = "PermissionError" if landlock.version() >= 6 else None
    assert outcome(lambda: os.kill(parent, 0)) is None
    assert restricted(lambda: os.kill(parent, 0)) == expected
