"""A backup that is made while `quire serve` takes, reads and deletes documents."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from services import embedded
from shared.maintenance import backup
from tests.support import backups
from tests.support import system as kit
from tests.support.encoders import SmallModel
from tests.support.http_client import API, Client, connect
from tests.support.markdown import write_notes
from tests.support.serve import Server

pytestmark = pytest.mark.usefixtures("warm_starts")


@pytest.fixture
def server(tmp_path: Path, warm_parent: str, small_model: SmallModel) -> Iterator[Server]:
    running = Server(tmp_path / "busy", warm_parent, **small_model.environment)
    running.start()
    yield running
    with contextlib.suppress(AssertionError, ProcessLookupError):
        running.stop()


async def work(client: Client, paths: list[Path]) -> None:
    """Upload documents and delete every other one at once."""
    for path in paths:
        document_id = await client.send(path)
        if paths.index(path) % 2:
            await client.http.delete(f"{API}/documents/{document_id}")


async def test_what_was_accepted_before_it_is_in_the_backup_of_a_busy_server(
    server: Server, small_model: SmallModel, tmp_path: Path
) -> None:
    notes = write_notes(tmp_path, 30, seed=5, sections=2)
    settings = backups.settings_at(server.data_dir)
    made: list[Path] = []
    async with connect(server.url) as client:
        before = {await client.send(path): path for path in notes[:6]}
        load = asyncio.create_task(work(client, notes[6:]))
        while not load.done():
            made.append(tmp_path / f"made-{len(made)}")
            await asyncio.to_thread(backup.make, settings, made[-1])
        await load
    server.kill()
    assert min(backup.check(folder).documents for folder in made) >= len(before)

    restored = backups.settings_at(tmp_path / "restored").model_copy(update=small_model.settings)
    report = await embedded.restore_offline(restored, made[len(made) // 2])
    assert kit.clean(report["verify"]), report
    async with kit.system(restored) as client:
        for status in await client.all_ended(list(before)):
            assert status["status"] == "completed", status
        for document_id, path in before.items():
            file = await client.http.get(f"{API}/documents/{document_id}/file")
            assert file.content == path.read_bytes()
        await client.sound()
