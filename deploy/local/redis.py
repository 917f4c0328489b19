"""A private Redis server."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

from deploy.local.passwords import write_private
from deploy.local.polling import ANSWER_WITHIN_S, LOOPBACK
from deploy.local.server import LocalServer

_OK, _PONG = b"+OK\r\n", b"+PONG\r\n"


class Redis(LocalServer):
    """Redis with an append-only file that is synced every second."""

    name = "redis"
    package = "redis-server"

    @classmethod
    def program(cls) -> Path | None:
        found = shutil.which("redis-server")
        return Path(found) if found else None

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@{LOOPBACK}:{self.port}/0"

    def is_up(self) -> bool:
        return answers_ping(self.port, self._password)

    @property
    def _password(self) -> str:
        return self.passwords.of(self.name)

    def _prepare(self, program: Path) -> None:
        # A file, because everyone on this computer can see the arguments of a process.
        write_private(self.folder / "redis.conf", f"requirepass {self._password}\n")

    def _command(self, program: Path) -> list[str]:
        network = ["--bind", LOOPBACK, "--port", str(self.port)]
        keeping = ["--dir", str(self.folder), "--appendonly", "yes", "--appendfsync", "everysec"]
        # Batches wait here; none may be evicted to free memory.
        configured = [str(program), str(self.folder / "redis.conf")]
        return [*configured, *network, *keeping, "--save", "", "--maxmemory-policy", "noeviction"]


def answers_ping(port: int, password: str = "", host: str = LOOPBACK) -> bool:
    """Return whether the server answers PING; while it loads its file it answers an error."""
    login = f"AUTH {password}\r\n" if password else ""
    try:
        with socket.create_connection((host, port), ANSWER_WITHIN_S) as connection:
            connection.sendall(f"{login}PING\r\n".encode())
            with connection.makefile("rb") as answers:
                return (not login or answers.readline() == _OK) and answers.readline() == _PONG
    except OSError:
        return False
