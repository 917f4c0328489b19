"""Keeps processes running: restarts one that ended, after a pause that grows."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.local.child_process import STOPPED_WITHIN_S, ChildProcess
from deploy.local.polling import LOOPBACK, POLL_EVERY_S, NotUp, answers, until

# Seconds before a restart: the first pause, doubled each time up to the longest.
FIRST_PAUSE_S = 0.2
MAX_PAUSE_S = 10.0
# A process that ran for this many seconds did not fail at its start.
LONG_LIFE_S = 10.0
# A process without a port counts as ready after this many seconds.
SETTLED_S = 2.0
# Restarts after which a process that was never ready fails the start.
HOPELESS_AFTER = 4


def next_pause(last_s: float, lived_s: float) -> float:
    """Return the seconds to wait before the next start; `last_s` is 0 the first time."""
    if last_s == 0 or lived_s >= LONG_LIFE_S:
        return FIRST_PAUSE_S
    return min(2 * last_s, MAX_PAUSE_S)


class SupervisedProcess:
    """A process that is kept running until it is stopped; it answers `/readyz` at `port`."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        cwd: Path,
        environment: Mapping[str, str],
        port: int | None = None,
    ) -> None:
        self.name = name
        self.port = port
        self.log = log
        self.restarts = 0
        self._child = ChildProcess(command, log=log, cwd=cwd, environment=environment)
        self._lock = threading.Lock()
        self._is_wanted = False
        self._was_ready = False
        self._started_at = 0.0
        self._pause_s = 0.0
        self._due_at: float | None = None

    @property
    def url(self) -> str:
        """The address; empty without a port."""
        return f"http://{LOOPBACK}:{self.port}" if self.port else ""

    @property
    def pid(self) -> int | None:
        """The process id while the process is alive."""
        return self._child.pid

    def is_ready(self) -> bool:
        """Return whether `/readyz` is 200; without a port, whether it has run for SETTLED_S."""
        if self.port:
            ready = self.pid is not None and answers(self.port, "/readyz")
        else:
            ready = self.pid is not None and time.monotonic() - self._started_at >= SETTLED_S
        self._was_ready = self._was_ready or ready
        return ready

    def is_hopeless(self) -> bool:
        return not self._was_ready and self.restarts >= HOPELESS_AFTER

    def start(self) -> None:
        """Start the process unless it runs, and keep it running."""
        with self._lock:
            self._is_wanted = True
            if not self._child.is_alive():
                self._launch()

    def restart_if_due(self, now: float) -> None:
        """Start the process again if it ended and its pause is over."""
        with self._lock:
            if not self._is_wanted or self._child.is_alive():
                return
            if self._due_at is None:
                # Remaining descendants would hold the port of the next one.
                self._child.kill()
                self._pause_s = next_pause(self._pause_s, now - self._started_at)
                self._due_at = now + self._pause_s
            elif now >= self._due_at:
                self.restarts += 1
                self._launch()

    def release(self) -> None:
        """Do not start the process again."""
        with self._lock:
            self._is_wanted = False

    def ask_to_stop(self) -> None:
        """Send SIGTERM and return; the process is not started again."""
        self.release()
        self._child.ask_to_stop()

    def stop(self, *, within_s: float = STOPPED_WITHIN_S) -> int | None:
        """Send SIGTERM, after `within_s` SIGKILL, and return the exit code."""
        self.release()
        self._child.stop(within_s=within_s)
        return self._child.exit_code()

    def kill(self) -> None:
        """Send SIGKILL to the process and its descendants; it is started again."""
        with self._lock:
            self._child.kill()

    def send(self, number: int) -> None:
        """Send a signal to the process and its descendants."""
        self._child.send(number)

    def halt(self) -> None:
        """Stop the process with SIGSTOP until `resume`: connected, but not responding."""
        self.send(signal.SIGSTOP)

    def resume(self) -> None:
        self.send(signal.SIGCONT)

    def log_tail(self) -> str:
        return self._child.log_tail()

    def _launch(self) -> None:
        self._started_at, self._due_at = time.monotonic(), None
        self._child.start()


class Supervisor:
    """Watches processes from its own thread and restarts those that end."""

    def __init__(self, processes: Sequence[SupervisedProcess]) -> None:
        self._processes = list(processes)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self) -> None:
        for process in self._processes:
            process.start()
        self._thread.start()

    def wait_ready(self, *, seconds: float, cancelled: threading.Event | None = None) -> None:
        """Return when all are ready at the same time. NotUp: names one that is not."""

        def all_ready() -> bool:
            for process in self._processes:
                if process.is_hopeless():
                    raise NotUp(_complaint(process, "keeps ending at its start"))
            return self._first(lambda process: not process.is_ready()) is None

        def late() -> str:
            process = self._first(lambda process: not process.is_ready())
            what = f"was not ready within {seconds:.0f} s"
            return _complaint(process, what) if process else f"Something {what}."

        until(all_ready, seconds=seconds, otherwise=late, cancelled=cancelled)

    def stop(self, *, within_s: float = STOPPED_WITHIN_S) -> None:
        """Stop all processes side by side within `within_s`."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        for process in self._processes:
            process.ask_to_stop()
        deadline = time.monotonic() + within_s
        for process in self._processes:
            process.stop(within_s=max(0.0, deadline - time.monotonic()))

    def _watch(self) -> None:
        while not self._ended.wait(POLL_EVERY_S):
            for process in self._processes:
                process.restart_if_due(time.monotonic())

    def _first(self, is_it: Callable[[SupervisedProcess], bool]) -> SupervisedProcess | None:
        return next((process for process in self._processes if is_it(process)), None)


def _complaint(process: SupervisedProcess, what: str) -> str:
    return f"{process.name} {what}. The end of {process.log}:\n{process.log_tail()}"
