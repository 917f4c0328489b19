"""`quire restore` gives back what was copied, lets unfinished work continue, or changes nothing."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from services import embedded
from services.cli.exits import FAILED, OK, USAGE
from services.cli.main import app
from shared.database import sql
from shared.database.schema import ProcessingTask
from shared.ledger import lifecycle
from shared.maintenance import backup, restore
from shared.maintenance.new_folder import new_folder, remove_leftovers
from shared.repositories import events
from shared.settings import Settings
from shared.vectors.local import folder_lock
from shared.vectors.local.folder_lock import FolderLock
from tests.support import backups, upgrades, warm
from tests.support import system as kit

pytestmark = pytest.mark.usefixtures("warm_starts")

NOTES, GUIDE = "notes.txt", "guide.md"
LONG_AGO_S = 30 * 86_400.0


@pytest.fixture
def restored(tmp_path: Path) -> Settings:
    return backups.settings_at(tmp_path / "restored" / "data")


@pytest.fixture
def held(restored: Settings) -> Iterator[None]:
    lock = FolderLock(restored.data_dir / "vectors")
    yield
    lock.release()


def test_everything_is_as_it_was(data: Settings, made: Path, restored: Settings) -> None:
    expected = upgrades.expected(backups.VERSION)
    command = ["restore", str(made), "--data-dir", str(restored.data_dir)]
    result = CliRunner().invoke(app, [*command, "--json"], catch_exceptions=False)
    report = json.loads(result.stdout)
    assert result.exit_code == OK
    assert kit.clean(report["verify"])
    assert report["vectors"] == report["chunks"] == expected["rows"]["chunks"]
    assert backups.rows(restored.data_dir) == backups.rows(data.data_dir)
    assert backups.names(restored.data_dir) == ["blobs", "quire.db", "vectors"]
    asyncio.run(assert_it_serves(restored, expected))


async def assert_it_serves(settings: Settings, expected: dict[str, Any]) -> None:
    question = expected["question"]
    async with kit.system(settings) as client:
        logs = (await client.http.get(f"{kit.API}/query/logs")).json()
        assert logs["total"] == expected["rows"]["query_logs"]
        asked = await client.http.post(f"{kit.API}/query", json={"query": question["query"]})
        citation = asked.json()["citations"][0]
        assert (citation["document_id"], citation["quote"]) == (
            question["document_id"],
            question["quote"],
        )
        for document in expected["documents"]:
            url = f"{kit.API}/documents/{document['document_id']}"
            file = await client.http.get(f"{url}/file")
            if document["status"] == "gone":
                assert file.status_code == 410
            else:
                sha256 = hashlib.sha256(file.content).hexdigest()
                assert sha256 == (await client.http.get(url)).json()["sha256"]
        assert kit.clean(await client.verify())


async def test_a_restored_system_has_another_history_of_events(
    data: Settings, made: Path, restored: Settings
) -> None:
    before = backups.change(data.data_dir, events.position)
    await embedded.restore_offline(restored, made)
    after = backups.change(restored.data_dir, events.position)
    assert after.epoch not in ("", before.epoch)


async def test_unfinished_work_continues_long_after_its_deadline(
    data: Settings, restored: Settings, tmp_path: Path
) -> None:
    read, removed = backups.change(data.data_dir, leave_work)
    backup.make(data, tmp_path / "made")
    report = await embedded.restore_offline(restored, tmp_path / "made")
    assert kit.clean(report["verify"]), report
    async with kit.system(restored) as client:
        assert (await client.ended(read))["status"] == "completed"

        async def is_gone() -> bool:
            found = await client.http.get(f"{kit.API}/documents/{removed}")
            return found.status_code == 410 and kit.clean(await client.verify())

        await kit.until(is_gone)


def leave_work(session: Session) -> tuple[str, str]:
    """Leave one document being read and one being deleted by a process that died long ago."""
    read, removed = (backups.document(session, name) for name in (GUIDE, NOTES))
    lifecycle.reprocess(session, read.document_id, "")
    read.status = "processing"
    lifecycle.request_deletion(session, removed.document_id)
    session.execute(
        update(ProcessingTask)
        .where(ProcessingTask.status == "pending")
        .values(
            status="processing",
            attempt=1,
            lease_owner="embedded:dead",
            lease_expires_at=sql.now(-LONG_AGO_S),
            deadline_at=sql.now(-LONG_AGO_S),
        )
    )
    return read.document_id, removed.document_id


async def test_a_restore_killed_at_its_index_leaves_no_data_folder(
    made: Path, restored: Settings, warm_parent: str
) -> None:
    parent = restored.data_dir.parent
    warm.run(warm_parent, "tests.support.killed_restores", str(made), str(restored.data_dir))
    assert not restored.data_dir.exists()
    assert backups.names(parent) != []
    report = await embedded.restore_offline(restored, made)
    assert kit.clean(report["verify"])

    def is_removed() -> bool:
        # The index process of the killed one may have written once more.
        remove_leftovers(parent)
        return backups.names(parent) == ["data"]

    await kit.until(is_removed)


def test_files_killed_while_they_are_copied_leave_no_data_folder(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warm_parent: str
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)
    killed = tmp_path / "killed"
    warm.run(warm_parent, "tests.support.killed_files", "restore", str(made), str(killed))
    attempts = sorted(killed.iterdir())
    assert len(attempts) > 20
    left = 0
    for parent in attempts:
        left += backups.names(parent) not in ([], ["made"])
        if not (parent / "made").exists():
            with new_folder(parent / "made") as folder:
                restore.unpack(made, folder)
        assert contents(parent / "made") == contents(made)
        with new_folder(parent / "other"):
            pass
        assert backups.names(parent) == ["made", "other"]
    assert left > 10


def contents(folder: Path) -> dict[Path, bytes]:
    """Return the files of a backup or data folder, without the manifest."""
    paths = [folder / "quire.db", *folder.glob("blobs/**/*")]
    return {path.relative_to(folder): path.read_bytes() for path in paths if path.is_file()}


def refusal(made: Path, data: Path, exit_code: int) -> str:
    """Return the sentence with which the command refuses; the folder stays as it is."""
    before = backups.names(data.parent) if data.parent.exists() else []
    result = CliRunner().invoke(app, ["restore", str(made), "--data-dir", str(data), "--json"])
    assert result.exit_code == exit_code, result.output
    assert result.stdout == ""
    assert (backups.names(data.parent) if data.parent.exists() else []) == before
    return result.stderr


def test_a_data_folder_with_data_is_refused(data: Settings, made: Path) -> None:
    assert "is not empty. Move it away" in refusal(made, data.data_dir, FAILED)


def test_a_data_folder_in_use_is_refused(
    made: Path, restored: Settings, held: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_lock, "WAIT_S", 0.1)
    assert f"(pid {os.getpid()}) uses this data folder" in refusal(made, restored.data_dir, USAGE)


def test_a_folder_that_is_no_backup_is_refused(data: Settings, restored: Settings) -> None:
    assert "is not a backup" in refusal(data.data_dir, restored.data_dir, FAILED)


def test_a_backup_that_was_changed_is_refused(made: Path, restored: Settings) -> None:
    (made / "quire.db").write_bytes((made / "quire.db").read_bytes() + b"x")
    assert "was changed since. Use another backup" in refusal(made, restored.data_dir, FAILED)


def test_a_backup_that_lost_a_file_is_refused(made: Path, restored: Settings) -> None:
    next(made.glob("blobs/originals/*/*")).unlink()
    assert "missing or were changed since" in refusal(made, restored.data_dir, FAILED)


def test_a_backup_of_a_newer_schema_is_refused(made: Path, restored: Settings) -> None:
    backups.change(made, backups.set_schema, "9999")
    backups.sign(made)
    assert "newer version of Quire (schema 9999)" in refusal(made, restored.data_dir, USAGE)


@pytest.mark.parametrize("name", ["QUIRE_DATABASE_URL", "QUIRE_BLOBS_URL"])
def test_a_restore_to_a_server_is_refused(
    made: Path, restored: Settings, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, {"QUIRE_BLOBS_URL": "s3://b"}.get(name, "postgresql://server/q"))
    assert "docs/operations.md" in refusal(made, restored.data_dir, USAGE)


def test_a_database_outside_the_data_folder_is_refused(
    made: Path, restored: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUIRE_DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
    assert "Remove QUIRE_DATABASE_URL" in refusal(made, restored.data_dir, USAGE)
