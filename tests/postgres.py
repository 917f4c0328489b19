"""A PostgreSQL for the contract tests: the one that is named, else a private one, else a skip."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

NAMED = "QUIRE_TEST_POSTGRES_URL"
INSTALLED = Path("/usr/lib/postgresql")
# A database that is thrown away needs no patience with the disk.
OPTIONS = "-c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off"


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database that tests may empty."""
    if named := os.environ.get(NAMED):
        yield named
        return
    programs = find_programs()
    if programs is None:
        pytest.skip(f"no PostgreSQL is installed, and {NAMED} names none")
    folder = tmp_path_factory.mktemp("postgresql")
    server = PrivateServer(programs, folder)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


def find_programs() -> Path | None:
    """The folder with `initdb` and `pg_ctl`, of the newest version that is installed."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    versions = sorted(INSTALLED.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return versions[-1].parent if versions else None


class PrivateServer:
    """A cluster in a folder, on a port of its own, for this computer only."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._data = folder / "data"
        self._port = _free_port()
        # PostgreSQL refuses to run as root.
        self._user = "postgres" if os.geteuid() == 0 else None
        self.url = f"postgresql://quire@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        if self._user:
            _open_way_to(self._folder, self._user)
        initdb = ["-U", "quire", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        self._run("initdb", "-D", str(self._data), *initdb)
        options = f"-p {self._port} -k {self._folder} {OPTIONS}"
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", str(self._data), "-l", log, "-w", "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._programs / program), *arguments],
            check=True,
            cwd=self._folder,
            user=self._user,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _open_way_to(folder: Path, user: str) -> None:
    """pytest's temporary folders are closed to everyone but their owner."""
    shutil.chown(folder, user)
    for above in (folder.parent, folder.parent.parent):
        above.chmod(above.stat().st_mode | 0o011)
