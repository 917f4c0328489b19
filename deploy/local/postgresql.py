"""A private PostgreSQL."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import struct
import subprocess
from pathlib import Path

from deploy.local.polling import ANSWER_WITHIN_S, LOOPBACK, NotUp
from deploy.local.server import Server

_INSTALLED = Path("/usr/lib/postgresql")
_USER = "quire"
_DATABASE = "postgres"
# Who needs no data after a crash needs no patience with the disk either.
_FLEETING = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_OPTIONS = (f"listen_addresses={LOOPBACK}", "unix_socket_directories=", "max_connections=200")
_PROTOCOL = 3 << 16
_WELCOME, _GOODBYE = b"R", b"X\0\0\0\4"


class PostgreSQL(Server):
    """`durable` keeps what was committed whatever happens; without it tests run faster."""

    name = "postgresql"
    package = "postgresql"
    # Ends sessions that are open, rolls back, writes everything down.
    stop_signal = signal.SIGINT

    def __init__(
        self, folder: Path, *, port: int = 0, log: Path | None = None, durable: bool = False
    ) -> None:
        super().__init__(folder, port=port, log=log)
        self._durable = durable
        self._data = self.folder / "data"
        # It refuses to run as root.
        self.user = "postgres" if os.geteuid() == 0 else None

    @classmethod
    def program(cls) -> Path | None:
        """The newest that is installed; Debian keeps it off the path."""
        found = sorted(_INSTALLED.glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
        if found:
            return found[-1]
        on_path = shutil.which("postgres")
        return Path(on_path) if on_path else None

    @property
    def url(self) -> str:
        return f"postgresql://{_USER}@{LOOPBACK}:{self.port}/{_DATABASE}"

    def is_up(self) -> bool:
        return lets_in(self.port, _USER, _DATABASE)

    def restart_immediate(self) -> None:
        """Drop everything and go, as `pg_ctl -m immediate` does, and recover from the log."""
        if self._child is not None:
            self._child.stop(signal.SIGQUIT)
        self.start()

    def _command(self, program: Path) -> list[str]:
        options = _OPTIONS if self._durable else (*_OPTIONS, *_FLEETING)
        settings = [word for option in options for word in ("-c", option)]
        return [str(program), "-D", str(self._data), "-p", str(self.port), *settings]

    def _prepare(self, program: Path) -> None:
        if self.user:
            _open_way_to(self.folder, self.user)
        if self._data.exists():
            return
        # Under another name until it is complete: half of it could not be told from all of it.
        growing = self.folder / "data.new"
        shutil.rmtree(growing, ignore_errors=True)
        words = ["-U", _USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
        done = subprocess.run(
            [str(program.parent / "initdb"), "-D", str(growing), *words, "--no-sync"],
            cwd=self.folder,
            user=self.user,
            group=self.user,
            extra_groups=[] if self.user else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise NotUp(f"PostgreSQL could not lay out {self.folder}:\n{done.stdout[-2000:]}")
        growing.rename(self._data)


def lets_in(port: int, user: str, database: str, host: str = LOOPBACK) -> bool:
    """Whether it lets a user in or asks for a password; not while it starts or recovers."""
    asked = f"user\0{user}\0database\0{database}\0\0".encode()
    hello = struct.pack("!II", 8 + len(asked), _PROTOCOL) + asked
    try:
        with socket.create_connection((host, port), ANSWER_WITHIN_S) as connection:
            connection.sendall(hello)
            welcome = connection.recv(1) == _WELCOME
            connection.sendall(_GOODBYE)
            return welcome
    except OSError:
        return False


def _open_way_to(folder: Path, user: str) -> None:
    """Let `user` have the folder, and pass through those above it without looking into them."""
    shutil.chown(folder, user, user)
    for above in folder.parents:
        mode = above.stat().st_mode
        if not mode & 0o001:
            above.chmod(mode | 0o001)
