"""SIGKILL at any moment loses nothing, doubles nothing and leaves nothing stuck."""

from __future__ import annotations

import contextlib
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.settings import Settings
from tests.support import system as kit
from tests.support.serve import Server

KILLS = int(os.environ.get("QUIRE_TEST_KILLS", "50"))
DOCUMENTS = 60
SEED = int(os.environ.get("QUIRE_TEST_SEED", "7"))
_WORDS = (
    "valve pressure inspection record sensor freezer deviation supplier audit batch release label "
    "training document approval shift alarm filter pump calibration storage transport incident"
).split()


def write_documents(folder: Path, samples: list[Path]) -> list[Path]:
    """Sixty files: the samples, and Markdown of one to about twenty passages."""
    folder.mkdir()
    made = random.Random(1)
    paths = [folder / path.name for path in samples]
    for source, target in zip(samples, paths, strict=True):
        target.write_bytes(source.read_bytes())
    for number in range(DOCUMENTS - len(paths)):
        sections = []
        for section in range(made.randint(1, 8)):
            sentences = [
                " ".join(made.choices(_WORDS, k=made.randint(6, 14))).capitalize() + "."
                for _ in range(made.randint(5, 40))
            ]
            sections.append(f"## Part {section + 1}\n\n{' '.join(sentences)}\n")
        path = folder / f"procedure-{number:02}.md"
        path.write_text(f"# Procedure {number}\n\n" + "\n".join(sections))
        paths.append(path)
    return paths


class Uploader:
    """Sends files until each is accepted; after a kill it asks again with the same key."""

    def __init__(self, url: str, paths: list[Path]) -> None:
        self._http = httpx.Client(base_url=url, timeout=30)
        self._waiting = list(paths)
        self.accepted: dict[str, str] = {}

    def send_until(self, deadline: float, most: int) -> None:
        for _ in range(most):
            if not self._waiting or time.monotonic() >= deadline:
                return
            with contextlib.suppress(httpx.HTTPError):
                self._send(self._waiting[0])
                self._waiting.pop(0)

    def send_all(self) -> None:
        while self._waiting:
            self._send(self._waiting.pop(0))

    def status(self, document_id: str) -> dict[str, Any]:
        return dict(self._http.get(f"{kit.API}/processing/status/{document_id}").json())

    def verify(self) -> dict[str, Any]:
        return dict(self._http.post(f"{kit.API}/ops/verify", timeout=120).json())

    def _send(self, path: Path) -> None:
        response = self._http.post(
            f"{kit.API}/documents/upload",
            files={"file": (path.name, path.read_bytes())},
            headers={"Idempotency-Key": path.name},
        )
        assert response.status_code in (200, 202), response.text
        self.accepted[path.name] = response.json()["document_id"]


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "killed")
    yield server
    with contextlib.suppress(AssertionError, ProcessLookupError):
        server.stop()


async def test_a_process_killed_again_and_again_ends_where_an_undisturbed_one_does(
    settings: Settings, samples: list[Path], tmp_path: Path, killed: Server
) -> None:
    paths = write_documents(tmp_path / "documents", samples)
    async with kit.system(settings) as client:
        begun = time.monotonic()
        await client.ingest(paths)
        undisturbed_s = time.monotonic() - begun
        expected = await kit.snapshot(client.database)

    moments = random.Random(SEED)
    # A share of the work, on a fast machine as on a slow one: who never gets anywhere is given up.
    longest_life_s = undisturbed_s / 4
    uploader = Uploader(killed.url, paths)
    for _ in range(KILLS):
        in_start = moments.random() < 0.1
        killed.start(wait=not in_start)
        alive = moments.uniform(0.0, 2.0 if in_start else longest_life_s)
        moment = time.monotonic() + alive
        if not in_start:
            uploader.send_until(moment, most=moments.randint(1, 3))
        time.sleep(max(0.0, moment - time.monotonic()))
        killed.kill()

    killed.start()
    uploader.send_all()
    wait_for_end(uploader)
    report = uploader.verify()
    assert kit.clean(report), report
    killed.stop()
    disturbed = settings.model_copy(update={"data_dir": killed.data_dir})
    async with kit.system(disturbed) as client:
        kit.assert_same(await kit.snapshot(client.database), expected)


def wait_for_end(uploader: Uploader, seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    open_ids = set(uploader.accepted.values())
    while open_ids and time.monotonic() < deadline:
        open_ids = {id_ for id_ in open_ids if uploader.status(id_)["status"] not in kit.TERMINAL}
        time.sleep(0.1)
    assert not open_ids, [uploader.status(id_) for id_ in open_ids]
