"""A private Chroma server, from the `chromadb` package."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local.polling import LOOPBACK, answers
from deploy.local.server import LocalServer


class Chroma(LocalServer):
    name = "chroma"

    @classmethod
    def program(cls) -> Path | None:
        """Look beside the interpreter first: the virtual environment may not be activated."""
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
        # By default Chroma logs several lines for every request.
        return {"RUST_LOG": "warn", **os.environ, "ANONYMIZED_TELEMETRY": "False"}
