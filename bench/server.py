"""Starts the measured processes: `quire serve` on an empty folder, and modules with pipes."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.polling import answers
from deploy.local.server import LocalServer
from deploy.local.services import command
from services.cli.local_server import environment


class QuireServer(LocalServer):
    """`quire serve` with its data below the folder."""

    name = "quire"
    settings: Mapping[str, str] = {}

    @classmethod
    def program(cls) -> Path:
        return Path(sys.executable)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def is_up(self) -> bool:
        return answers(self.port, "/readyz")

    def _command(self, program: Path) -> list[str]:
        options = ["--port", str(self.port), "--data-dir", str(data_dir(self.folder))]
        return command("services.cli.main", "serve", *options)

    def _environment(self) -> Mapping[str, str]:
        return {**environment(os.environ), **self.settings}


@dataclass(frozen=True)
class Running:
    """A running server. `ready_s` is the time from its start to the first successful `/readyz`."""

    url: str
    pid: int
    ready_s: float


@contextlib.contextmanager
def serving(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Yield a server that keeps its data in `folder`/data. NotUp: it did not start."""
    server = QuireServer(folder)
    server.settings = settings or {}
    begun = time.perf_counter()
    server.start()
    try:
        assert server.pid is not None
        yield Running(server.url, server.pid, time.perf_counter() - begun)
    finally:
        server.stop()


def start(module: str, *arguments: str, folder: Path, **pipes: Any) -> subprocess.Popen[Any]:
    """Run a module with the settings of a new server: `folder` has no `.env`."""
    folder.mkdir(parents=True, exist_ok=True)
    return subprocess.Popen(
        command(module, *arguments), cwd=folder, env=environment(os.environ), **pipes
    )


def data_dir(folder: Path) -> Path:
    """Return where a server that was started with this folder keeps its data."""
    return folder / "data"
