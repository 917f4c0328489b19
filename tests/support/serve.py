"""Runs `quire serve` in a process that tests kill and start again; it ends when the tests do."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from deploy.local.polling import answers, until
from deploy.local.ports import free_port
from tests.support.warm import WarmProcess

# Seconds; a process that ends is noticed at once, so only a hang reaches this limit.
READY_WITHIN_S = 300.0


class Server:
    """`quire serve` on a data folder; `start` returns once it is ready."""

    def __init__(self, data_dir: Path, warm_parent: str, **environment: str) -> None:
        self._warm_parent = warm_parent
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = environment
        self._process: WarmProcess | None = None
        self._log = data_dir.parent / f"{data_dir.name}.log"

    def start(self, *, wait: bool = True) -> None:
        command = [sys.executable, "-m", "services.cli.main", "serve", "--port", str(self.port)]
        with self._log.open("ab") as log:
            self._process = WarmProcess(
                self._warm_parent,
                [*command, "--data-dir", str(self.data_dir)],
                stdout=log,
                stderr=log,
                env=os.environ | self._environment,
                start_new_session=True,
            )
        if wait:
            self.wait_until_ready()

    def wait_until_ready(self) -> None:
        until(self._is_ready, seconds=READY_WITHIN_S, otherwise=self.log_tail)

    def kill(self) -> None:
        """Send SIGKILL, as a crash or the kernel's memory killer would."""
        self._signal(signal.SIGKILL)

    def stop(self) -> int:
        """Send SIGTERM and return the exit code."""
        return self._signal(signal.SIGTERM)

    def log_tail(self) -> str:
        return self._log.read_text(errors="replace")[-4000:]

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log_tail()
        return answers(self.port, "/readyz")

    def _signal(self, number: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(timeout=60)
