"""Words for tests of the distributed system: documents to send, their end, a verdict."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx

from deploy.local.services import Reachable
from tests.support.system import API, TERMINAL, clean

# A fault may cost a lease, a sweep and a repeated hint; never more than two minutes.
STUCK_AFTER_S = 120.0
_WORDS = (
    "valve pressure inspection record sensor freezer deviation supplier audit batch release label "
    "training document approval shift alarm filter pump calibration storage transport incident"
).split()


class Killable(Reachable, Protocol):
    """SIGKILL; a start after that finds the same address and what was written down."""

    def kill(self) -> None: ...

    def start(self) -> None: ...


class Database(Killable, Protocol):
    def restart_immediate(self) -> None: ...


class Broker(Killable, Protocol):
    def settle(self) -> None: ...

    def delete_queues(self) -> None: ...


@dataclass(frozen=True)
class Servers:
    """What the cluster stands on; those in `named` have an address only."""

    postgresql: Database
    rabbitmq: Broker
    redis: Killable
    chroma: Killable
    named: frozenset[str] = frozenset()


def notes(folder: Path, count: int, *, seed: int, sections: int = 6) -> list[Path]:
    """Markdown files of a few passages each, different for every seed."""
    made = random.Random(seed)
    paths = []
    for number in range(count):
        parts = [f"# Procedure {seed}-{number}\n"]
        for section in range(made.randint(1, sections)):
            sentences = [
                " ".join(made.choices(_WORDS, k=made.randint(6, 14))).capitalize() + "."
                for _ in range(made.randint(5, 40))
            ]
            parts.append(f"## Part {section + 1}\n\n{' '.join(sentences)}\n")
        path = folder / f"procedure-{seed}-{number}.md"
        path.write_text("\n".join(parts))
        paths.append(path)
    return paths


class User:
    """A client of a gateway who does not give up: faults are met by asking again."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=30)

    def close(self) -> None:
        self.http.close()

    def send(self, path: Path, *, seconds: float = STUCK_AFTER_S) -> str:
        """The id of the accepted document."""
        deadline = time.monotonic() + seconds
        while True:
            answer = self._try_to_send(path)
            if answer is not None and answer.status_code in (200, 202):
                return str(answer.json()["document_id"])
            assert answer is None or answer.status_code >= 500, answer.text
            assert time.monotonic() < deadline, f"{path.name} was not accepted"
            time.sleep(0.2)

    def send_all(self, paths: Iterable[Path]) -> list[str]:
        return [self.send(path) for path in paths]

    def status(self, document_id: str) -> dict[str, Any]:
        """Empty while nobody answers."""
        try:
            answer = self.http.get(f"{API}/processing/status/{document_id}")
        except httpx.HTTPError:
            return {}
        return dict(answer.json()) if answer.status_code == 200 else {}

    def ended(
        self, document_ids: Sequence[str], seconds: float = STUCK_AFTER_S
    ) -> list[dict[str, Any]]:
        """Their last states, in order; an assertion names those that are stuck."""
        deadline = time.monotonic() + seconds
        found: dict[str, dict[str, Any]] = {}
        while len(found) < len(document_ids):
            for document_id in document_ids:
                if document_id not in found:
                    status = self.status(document_id)
                    if status.get("status") in TERMINAL:
                        found[document_id] = status
            stuck = [each for each in document_ids if each not in found]
            assert not stuck or time.monotonic() < deadline, [self.status(each) for each in stuck]
            time.sleep(0.1)
        return [found[document_id] for document_id in document_ids]

    def passages(self, question: str, seconds: float = 10) -> list[dict[str, Any]]:
        """What a question finds; where it is refused for now it is asked again, as 503 says."""
        deadline = time.monotonic() + seconds
        while True:
            answer = self.http.post(f"{API}/query/retrieve", json={"query": question})
            if answer.status_code == 200:
                return list(answer.json()["passages"])
            assert answer.status_code == 503 and time.monotonic() < deadline, answer.text
            time.sleep(0.2)

    def verify(self, seconds: float = STUCK_AFTER_S) -> None:
        """Everything holds, at the latest once what the fault left is swept up."""
        deadline = time.monotonic() + seconds
        while True:
            report = self._try_to_verify()
            if report is not None and clean(report):
                return
            assert time.monotonic() < deadline, report
            time.sleep(0.5)

    def _try_to_send(self, path: Path) -> httpx.Response | None:
        try:
            return self.http.post(
                f"{API}/documents/upload", files={"file": (path.name, path.read_bytes())}
            )
        except httpx.HTTPError:
            return None

    def _try_to_verify(self) -> dict[str, Any] | None:
        try:
            answer = self.http.post(f"{API}/ops/verify", timeout=120)
        except httpx.HTTPError:
            return None
        return dict(answer.json()) if answer.status_code == 200 else None
