"""A private Prometheus; `scraping` writes its configuration."""

from __future__ import annotations

import shutil
from pathlib import Path

from deploy.local.server import Server
from deploy.local.waiting import LOOPBACK, answers


class Prometheus(Server):
    """Scrapes what `config` says; paths in it are relative to where it lies."""

    name = "prometheus"
    package = "prometheus"

    def __init__(
        self, folder: Path, config: Path, *, port: int = 0, log: Path | None = None
    ) -> None:
        super().__init__(folder, port=port, log=log)
        self._config = config.resolve()

    @classmethod
    def program(cls) -> Path | None:
        found = shutil.which("prometheus")
        return Path(found) if found else None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def is_up(self) -> bool:
        return answers(self.port, "/-/ready")

    def _command(self, program: Path) -> list[str]:
        return [
            str(program),
            f"--config.file={self._config}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            f"--web.listen-address={LOOPBACK}:{self.port}",
        ]
