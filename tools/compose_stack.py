"""One Compose project for a test: name, secrets, port and volumes are its own and go with it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from deploy import make_secrets

ROOT = Path(__file__).resolve().parents[1]
TAG = "compose-test"
# More Compose files, separated as in PATH: what one machine needs to build or run the images.
FILES = "COMPOSE_TEST_FILES"
LAST_LINES = "40"


class Failed(Exception):
    """One sentence on what is not as it should be."""


class Stack:
    """The project, and the gateway that it publishes at `url` for whoever holds `key`."""

    def __init__(self, folder: Path) -> None:
        secrets = folder / "secrets.env"
        with contextlib.redirect_stdout(io.StringIO()):  # the key of a stack that lives for minutes
            make_secrets.main(secrets)
        made = make_secrets.read(secrets)
        address = f"127.0.0.1:{_free_port()}"
        self.url, self.key = f"http://{address}", made["API_KEY"]
        # What the shell has set would win over the file of secrets.
        kept = {name: value for name, value in os.environ.items() if name not in made}
        self._environment = {**kept, "TAG": TAG, "PUBLISH": address, "QUIRE_API_KEY": self.key}
        more = filter(None, os.environ.get(FILES, "").split(os.pathsep))
        files = [ROOT / "docker-compose.yml", *(Path(file).resolve() for file in more)]
        self._compose = ["docker", "compose", "--project-name", f"quire-test-{os.getpid()}"]
        self._compose += ["--env-file", str(secrets), "--profile", "monitoring"]
        self._compose += [part for file in files for part in ("--file", str(file))]

    def compose(self, *arguments: str) -> str:
        """What the command prints. Failed: with the last lines that it says."""
        return self.run(*self._compose, *arguments)

    def run(self, *command: str) -> str:
        """The same for any command."""
        done = subprocess.run(
            command, cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            said = (done.stdout + done.stderr).strip().splitlines()[-8:]
            asked = [part for part in command if part not in self._compose]
            raise Failed(f"`{' '.join(asked)[:60]}` failed: {' '.join(said) or done.returncode}")
        return done.stdout

    def healthy(self, service: str) -> list[str]:
        """Ids of a service's containers that run and say that they can work."""
        listed = map(json.loads, self.compose("ps", "--format", "json", service).splitlines())
        return [each["ID"] for each in listed if each["Health"] == "healthy"]

    def fetch(self, url: str) -> str:
        """What a server inside answers to the gateway's container: nobody else can reach it."""
        program = f"from urllib.request import urlopen as u; print(u({url!r}).read().decode())"
        return self.compose("exec", "-T", "gateway", "python", "-c", program)

    def sizes(self) -> dict[str, int]:
        """Of our own images, in MB."""
        names = {each for each in self.compose("config", "--images").split() if each.endswith(TAG)}
        size = ("docker", "image", "inspect", "--format", "{{.Size}}")
        return {name: int(self.run(*size, name)) // 1_000_000 for name in sorted(names)}

    @contextlib.contextmanager
    def taken_down(self) -> Iterator[None]:
        """Whatever happens in here; on a failure, each container's last lines are shown first."""
        try:
            yield
        except Exception:
            logs = [*self._compose, "logs", "--no-color", "--tail", LAST_LINES]
            subprocess.run(logs, cwd=ROOT, env=self._environment, check=False)
            raise
        finally:
            self.compose("down", "--volumes", "--remove-orphans", "--timeout", "10")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
