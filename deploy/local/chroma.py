"""A private Chroma: the server that comes with the `chromadb` package."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local.polling import LOOPBACK, answers
from deploy.local.server import Server


class Chroma(Server):
    name = "chroma"

    @classmethod
    def program(cls) -> Path | None:
        """Beside the interpreter, if this is a virtual environment that is not activated."""
        beside = Path(sys.executable).parent
        found = shutil.which("chroma", path=os.pathsep.join([str(beside), os.environ["PATH"]]))
        return Path(found) if found else None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def is_up(self) -> bool:
        return answers(self.port, "/api/v2/heartbeat")

    def _command(self, program: Path) -> list[str]:
        network = ["--host", LOOPBACK, "--port", str(self.port)]
        return [str(program), "run", *network, "--path", str(self.folder / "data")]

    def _environment(self) -> Mapping[str, str]:
        # It writes several lines for every request unless it is told not to.
        return {"RUST_LOG": "warn", **os.environ, "ANONYMIZED_TELEMETRY": "False"}
