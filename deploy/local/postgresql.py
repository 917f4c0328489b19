"""A private PostgreSQL."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import struct
import subprocess
from pathlib import Path

from deploy.local.access import give_folder
from deploy.local.passwords import write_private
from deploy.local.polling import ANSWER_WITHIN_S, LOOPBACK, NotUp
from deploy.local.server import LocalServer

_INSTALLED = Path("/usr/lib/postgresql")
_USER = "quire"
_DATABASE = "postgres"
# Without durability: data need not survive a crash, so no write waits for the disk.
_NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_OPTIONS = (f"listen_addresses={LOOPBACK}", "unix_socket_directories=", "max_connections=200")
_PROTOCOL = 3 << 16
_AUTHENTICATION, _TERMINATE = b"R", b"X\0\0\0\4"


class PostgreSQL(LocalServer):
    """`durable` keeps committed data in a crash; without it tests run faster."""

    name = "postgresql"
    package = "postgresql"
    # Fast shutdown: ends open sessions, rolls back, writes a checkpoint.
    stop_signal = signal.SIGINT

    def __init__(
        self, folder: Path, *, port: int = 0, log: Path | None = None, durable: bool = False
    ) -> None:
        super().__init__(folder, port=port, log=log)
        self._durable = durable
        self._data = self.folder / "data"
        # PostgreSQL refuses to run as root.
        self.user = "postgres" if os.geteuid() == 0 else None

    @classmethod
    def program(cls) -> Path | None:
        """Return the newest installed one; Debian keeps it off the path."""
        found = sorted(_INSTALLED.glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
        if found:
            return found[-1]
        on_path = shutil.which("postgres")
        return Path(on_path) if on_path else None

    @property
    def url(self) -> str:
        password = self.passwords.of(self.name)
        return f"postgresql://{_USER}:{password}@{LOOPBACK}:{self.port}/{_DATABASE}"

    def is_up(self) -> bool:
        return accepts_login(self.port, _USER, _DATABASE)

    def restart_immediate(self) -> None:
        """Stop without a checkpoint, as `pg_ctl -m immediate`, start again and recover."""
        if self._child is not None:
            self._child.stop(signal.SIGQUIT)
        self.start()

    def _command(self, program: Path) -> list[str]:
        options = _OPTIONS if self._durable else (*_OPTIONS, *_NOT_DURABLE)
        settings = [word for option in options for word in ("-c", option)]
        return [str(program), "-D", str(self._data), "-p", str(self.port), *settings]

    def _prepare(self, program: Path) -> None:
        if self.user:
            give_folder(self.folder, self.user)
        if self._data.exists():
            return
        # Renamed when it is complete: a partial folder looks like a complete one.
        partial = self.folder / "data.new"
        shutil.rmtree(partial, ignore_errors=True)
        words = ["-U", _USER, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8"]
        file = self.folder / "password"
        write_private(file, self.passwords.of(self.name))
        if self.user:
            shutil.chown(file, self.user)
        words.append(f"--pwfile={file}")
        done = subprocess.run(
            [str(program.parent / "initdb"), "-D", str(partial), *words, "--no-sync"],
            cwd=self.folder,
            user=self.user,
            group=self.user,
            extra_groups=[] if self.user else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        file.unlink()
        if done.returncode:
            raise NotUp(f"PostgreSQL could not initialise {self.folder}:\n{done.stdout[-2000:]}")
        partial.rename(self._data)


def accepts_login(port: int, user: str, database: str, host: str = LOOPBACK) -> bool:
    """Return whether the server accepts a login or asks for a password; not while it starts."""
    asked = f"user\0{user}\0database\0{database}\0\0".encode()
    startup = struct.pack("!II", 8 + len(asked), _PROTOCOL) + asked
    try:
        with socket.create_connection((host, port), ANSWER_WITHIN_S) as connection:
            connection.sendall(startup)
            accepted = connection.recv(1) == _AUTHENTICATION
            connection.sendall(_TERMINATE)
            return accepted
    except OSError:
        return False
