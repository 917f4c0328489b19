"""A Compose project for one test, with its own name, secrets, port and volumes."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from deploy import make_secrets
from deploy.local.ports import free_port

ROOT = Path(__file__).resolve().parents[1]
TAG = "compose-test"
# Environment variable with more Compose files, separated as in PATH, for building or running.
FILES = "COMPOSE_TEST_FILES"
# Log lines shown per container after a failure: a traceback fits.
LAST_LINES = "40"


class Failed(Exception):
    """A step of the test failed; the message is one sentence."""


class Stack:
    """The project and its gateway, which answers at `url` to requests with `key`."""

    def __init__(self, folder: Path) -> None:
        secrets = folder / "secrets.env"
        with contextlib.redirect_stdout(io.StringIO()):  # `main` prints the new key.
            make_secrets.main(secrets)
        made = make_secrets.read(secrets)
        address = f"127.0.0.1:{free_port()}"
        self.url, self.key = f"http://{address}", made["API_KEY"]
        # Shell variables would override the secrets file.
        kept = {name: value for name, value in os.environ.items() if name not in made}
        self._environment = {
            **kept,
            "TAG": TAG,
            "PUBLISH": address,
            "SECRETS": str(folder / make_secrets.FOLDER),
            "QUIRE_API_KEY": self.key,
        }
        more = filter(None, os.environ.get(FILES, "").split(os.pathsep))
        files = [ROOT / "docker-compose.yml", *(Path(file).resolve() for file in more)]
        self._compose = ["docker", "compose", "--project-name", f"quire-test-{os.getpid()}"]
        self._compose += ["--env-file", str(secrets), "--profile", "monitoring"]
        self._compose += [part for file in files for part in ("--file", str(file))]

    def compose(self, *arguments: str) -> str:
        """Run `docker compose` and return its output. Failed: with the last lines of the output."""
        return self.run(*self._compose, *arguments)

    def run(self, *command: str) -> str:
        """Run a command and return its output. Failed: with the last lines of the output."""
        done = subprocess.run(
            command, cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            said = (done.stdout + done.stderr).strip().splitlines()[-8:]
            asked = [part for part in command if part not in self._compose]
            raise Failed(f"`{' '.join(asked)[:60]}` failed: {' '.join(said) or done.returncode}")
        return done.stdout

    def healthy(self, service: str) -> list[str]:
        """Return the ids of a service's healthy containers."""
        listed = map(json.loads, self.compose("ps", "--format", "json", service).splitlines())
        return [each["ID"] for each in listed if each["Health"] == "healthy"]

    def fetch(self, url: str) -> str:
        """Fetch a URL from inside the gateway's container, which can reach internal servers."""
        program = f"from urllib.request import urlopen as u; print(u({url!r}).read().decode())"
        return self.compose("exec", "-T", "gateway", "python", "-c", program)

    def sizes(self) -> dict[str, int]:
        """Return the size of each Quire image in MB."""
        names = {each for each in self.compose("config", "--images").split() if each.endswith(TAG)}
        size = ("docker", "image", "inspect", "--format", "{{.Size}}")
        return {name: int(self.run(*size, name)) // 1_000_000 for name in sorted(names)}

    @contextlib.contextmanager
    def taken_down(self) -> Iterator[None]:
        """Take the project down at the end; after a failure show the last log lines first."""
        try:
            yield
        except Exception:
            logs = [*self._compose, "logs", "--no-color", "--tail", LAST_LINES]
            subprocess.run(logs, cwd=ROOT, env=self._environment, check=False)
            raise
        finally:
            self.compose("down", "--volumes", "--remove-orphans", "--timeout", "10")
