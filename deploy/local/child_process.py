"""A child process that ends, with all its descendants, when its starter ends."""

from __future__ import annotations

import atexit
import contextlib
import functools
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock

from deploy.local import reaper

# Seconds for a clean stop: more than the 20 s that a service gives its running work.
STOPPED_WITHIN_S = 30.0
# Bytes of a log that an error shows.
_TAIL_BYTES = 3000


class ChildProcess:
    """One command in a separate session, which Ctrl-C does not reach; it logs to a file."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        cwd: Path,
        environment: Mapping[str, str],
        user: str | None = None,
    ) -> None:
        self.log = log
        self._command = list(command)
        self._cwd = cwd
        self._environment = dict(environment)
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None
        # False while descendants of the last process may still run.
        self._is_cleared = True

    @property
    def pid(self) -> int | None:
        """The process id while the process is alive."""
        return self._process.pid if self._process is not None and self.is_alive() else None

    def start(self) -> None:
        """Start the command, again if it ran before; the log is appended to."""
        assert self.pid is None, "the process runs already"
        with _lock:
            _reaper()  # The reaper must run before the process that it watches.
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._cwd,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=self._user,
                group=self._user,
                extra_groups=None if self._user is None else [],
            )
        self._is_cleared = False
        _tell_reaper(f"+{self._process.pid}")

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def exit_code(self) -> int | None:
        """Return the exit code of the last process; -N if signal N ended it."""
        return None if self._process is None else self._process.poll()

    def send(self, number: int) -> None:
        """Send a signal to the process and its descendants."""
        if pid := self.pid:
            reaper.signal_family(pid, number)

    def ask_to_stop(self, number: int = signal.SIGTERM) -> None:
        """Send the signal to the process only and return; a stopped process is continued."""
        if self.is_alive() and self._process is not None:
            self._process.send_signal(number)
            self.send(signal.SIGCONT)

    def stop(self, number: int = signal.SIGTERM, *, within_s: float = STOPPED_WITHIN_S) -> None:
        """Ask the process to stop; after `within_s` kill it and its remaining descendants."""
        self.ask_to_stop(number)
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(within_s)
        self.kill()

    def kill(self) -> None:
        """Send SIGKILL to the process, if it is alive, and to its descendants."""
        if self._process is None or self._is_cleared:
            return  # Another process may have its id by now.
        reaper.kill_family(self._process.pid)
        self._process.wait()
        self._is_cleared = True
        _tell_reaper(f"-{self._process.pid}")

    def log_tail(self) -> str:
        if not self.log.is_file():
            return ""
        return self.log.read_bytes()[-_TAIL_BYTES:].decode(errors="replace").strip()


_lock = Lock()


def _tell_reaper(line: str) -> None:
    with _lock, contextlib.suppress(BrokenPipeError):
        stream = _reaper().stdin
        assert stream is not None
        stream.write(f"{line}\n".encode())
        stream.flush()


@functools.cache
def _reaper() -> subprocess.Popen[bytes]:
    """Return the reaper of this process, started at the first call."""
    process = subprocess.Popen(
        [sys.executable, "-I", reaper.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    atexit.register(_dismiss, process)
    return process


def _dismiss(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    process.wait()
