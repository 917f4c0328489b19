"""A private Redis."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

from deploy.local.server import Server
from deploy.local.waiting import ANSWER_WITHIN_S, LOOPBACK


class Redis(Server):
    """Writes down what it is told every second."""

    name = "redis"
    package = "redis-server"

    @classmethod
    def program(cls) -> Path | None:
        found = shutil.which("redis-server")
        return Path(found) if found else None

    @property
    def url(self) -> str:
        return f"redis://{LOOPBACK}:{self.port}/0"

    def is_up(self) -> bool:
        """While it reads its file it answers with an error."""
        try:
            with socket.create_connection((LOOPBACK, self.port), ANSWER_WITHIN_S) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(5) == b"+PONG"
        except OSError:
            return False

    def _command(self, program: Path) -> list[str]:
        network = ["--bind", LOOPBACK, "--port", str(self.port)]
        keeping = ["--dir", str(self.folder), "--appendonly", "yes", "--appendfsync", "everysec"]
        # Batches wait here: none may be dropped to make room.
        return [str(program), *network, *keeping, "--save", "", "--maxmemory-policy", "noeviction"]
