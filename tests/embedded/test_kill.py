"""SIGKILL at any moment loses nothing, doubles nothing and leaves nothing stuck."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.database import open_database
from shared.settings import Settings, sqlite_url
from tests.embedded.conftest import sample_paths
from tests.support import system as kit
from tests.support.encoders import SmallModel
from tests.support.http_client import Client, connect
from tests.support.markdown import write_notes
from tests.support.serve import Server

pytestmark = pytest.mark.usefixtures("warm_starts")

KILLS = int(os.environ.get("QUIRE_TEST_KILLS", "50"))
SEED = int(os.environ.get("QUIRE_TEST_SEED", "7"))
DOCUMENTS = 60
# Each case kills one process a tenth of 50 times and has a fifth of the documents.
CASES = 5


@dataclass(frozen=True)
class Undisturbed:
    """The documents, what a process that is not killed stores of them, and how long that takes."""

    paths: list[Path]
    stored: dict[str, dict[str, Any]]
    seconds: float


@pytest.fixture(scope="module")
def undisturbed(small_model: SmallModel, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """The samples, and Markdown of one to about ten passages."""
    folder = tmp_path_factory.mktemp("undisturbed")
    samples = sample_paths()
    paths = [*samples, *write_notes(folder, DOCUMENTS - len(samples), seed=1, sections=4)]

    async def run() -> Undisturbed:
        settings = Settings(_env_file=None, data_dir=folder / "data", **small_model.settings)
        async with kit.system(settings) as client:
            begun = time.monotonic()
            await client.ingest(paths)
            seconds = time.monotonic() - begun
            return Undisturbed(paths, await kit.snapshot(client.database), seconds)

    return asyncio.run(run())


@pytest.fixture
def killed(tmp_path: Path, warm_parent: str, small_model: SmallModel) -> Iterator[Server]:
    server = Server(tmp_path / "killed", warm_parent, **small_model.environment)
    yield server
    with contextlib.suppress(AssertionError, ProcessLookupError):
        server.stop()


@pytest.mark.parametrize("case", range(CASES))
async def test_a_process_that_is_killed_repeatedly_stores_what_an_undisturbed_one_does(
    undisturbed: Undisturbed, killed: Server, case: int
) -> None:
    paths = undisturbed.paths[case::CASES]
    moments = random.Random(f"{SEED}/{case}")
    # A share of the work, on a fast machine as on a slow one: a document that never makes progress
    # before its process is killed is given up.
    max_life_s = undisturbed.seconds / 4
    async with connect(killed.url) as client:
        waiting = list(paths)
        for _ in range(KILLS // CASES):
            in_start = moments.random() < 0.1
            killed.start(wait=not in_start)
            killed_at = time.monotonic() + moments.uniform(0, 2.0 if in_start else max_life_s)
            if not in_start:
                await send_some(client, waiting, moments.randint(1, 3), killed_at)
            await asyncio.sleep(max(0.0, killed_at - time.monotonic()))
            killed.kill()

        killed.start()
        # Files that were accepted before are found again by their key.
        accepted = [await client.send(path, key=path.name) for path in paths]
        await client.all_ended(accepted)
        await client.sound()
    killed.stop()
    database = open_database(sqlite_url(killed.data_dir / "quire.db"))
    names = {path.name for path in paths}
    expected = {name: row for name, row in undisturbed.stored.items() if name in names}
    kit.assert_same(await kit.snapshot(database), expected)
    await database.close()


async def send_some(client: Client, waiting: list[Path], limit: int, deadline: float) -> None:
    """Upload up to `limit` files before `deadline`; take those that were accepted off the list."""
    for path in waiting[:limit]:
        if time.monotonic() >= deadline:
            return
        with contextlib.suppress(httpx.HTTPError):
            response = await client.try_upload(path.name, path.read_bytes(), key=path.name)
            assert response.status_code in (200, 202), response.text
            waiting.remove(path)
