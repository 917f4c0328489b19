"""`quire backup` copies a whole, consistent state, or leaves nothing and says why."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from services.cli.exits import FAILED, OK
from services.cli.main import app
from shared.blobs.base import original_key
from shared.database.schema import Document
from shared.domain.errors import BackupError, SettingsError
from shared.domain.status import UNDELETED
from shared.ledger import lifecycle
from shared.maintenance import backup, files
from shared.repositories import chunks
from shared.settings import Settings
from tests.support import backups, upgrades, warm

NOTES = "notes.txt"


def blob_of(data: Path, name: str) -> Path:
    sha256 = backups.change(data, lambda session: backups.document(session, name).sha256)
    return data / "blobs" / original_key(sha256)


def test_a_backup_has_all_rows_and_every_file_that_they_name(data: Settings, made: Path) -> None:
    expected = upgrades.expected(backups.VERSION)
    assert backups.rows(made) == backups.rows(data.data_dir)
    assert backups.names(made) == ["blobs", "manifest.json", "quire.db"]
    manifest = backup.check(made)
    counted = {
        "chunks": manifest.chunks,
        "processing_tasks": manifest.tasks,
        "query_logs": manifest.query_logs,
    }
    assert counted == {name: expected["rows"][name] for name in counted}
    assert manifest.documents == sum(one["status"] != "gone" for one in expected["documents"])
    blobs = [path for path in (made / "blobs").rglob("*") if path.is_file()]
    assert manifest.blobs == len(blobs) == len([*data.data_dir.glob("blobs/*/*/*")])
    assert manifest.faults == []


def test_files_are_copied_where_links_are_not_possible(
    data: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("os.link", refuse)
    backup.make(data, tmp_path / "made")
    copied = [path for path in (tmp_path / "made" / "blobs").rglob("*") if path.is_file()]
    assert copied
    assert {path.stat().st_nlink for path in copied} == {1}
    backup.check(tmp_path / "made")


def test_deleted_text_is_not_in_a_backup(data: Settings, tmp_path: Path) -> None:
    text = b"The team lead answers within three days."

    def delete(session: Session) -> None:
        # On where a distribution builds SQLite so; not everywhere.
        session.execute(sql_text("PRAGMA secure_delete=OFF"))
        chunks.remove_of_document(session, backups.document(session, "guide.md").document_id)

    backups.change(data.data_dir, delete)
    backup.make(data, tmp_path / "made")
    assert text in (data.data_dir / "quire.db").read_bytes()
    assert text not in (tmp_path / "made" / "quire.db").read_bytes()


def test_documents_deleted_while_files_are_copied_are_not_in_the_backup(
    data: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[Path] = []

    def delete_all(session: Session) -> None:
        for document in session.scalars(select(Document).where(Document.status.in_(UNDELETED))):
            lifecycle.request_deletion(session, document.document_id)

    def copy_then_delete(source: Path, target: Path) -> None:
        link_or_copy(source, target)
        copied.append(target)
        backups.change(data.data_dir, delete_all)
        for blob in data.data_dir.glob("blobs/*/*/*"):
            blob.unlink()

    link_or_copy = files.link_or_copy
    monkeypatch.setattr(files, "link_or_copy", copy_then_delete)
    made = backup.make(data, tmp_path / "made")
    assert len(copied) == 1
    assert (made.documents, made.blobs, made.faults) == (0, 0, [])
    assert [path for path in (tmp_path / "made" / "blobs").rglob("*") if path.is_file()] == []
    backup.check(tmp_path / "made")


def test_a_backup_gives_up_when_other_files_vanish_each_time(
    data: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies: list[Path] = []
    blobs = [path.name for path in data.data_dir.glob("blobs/originals/*/*")]

    def copy_sqlite(source: Path, target: Path) -> None:
        copies.append(target)
        shutil.copy(source, target)

    monkeypatch.setattr(backup, "copy_sqlite", copy_sqlite)
    monkeypatch.setattr(
        backup, "_copy_blob", lambda *given: not given[-1].endswith(blobs[len(copies) - 1])
    )
    with pytest.raises(BackupError, match="Try again later"):
        backup.make(data, tmp_path / "made")
    assert backups.names(tmp_path) == ["data"]


def test_files_that_the_data_folder_lost_are_named_and_the_rest_is_saved(
    data: Settings, tmp_path: Path
) -> None:
    lost, changed = blob_of(data.data_dir, NOTES), blob_of(data.data_dir, "guide.md")
    lost.unlink()
    changed.write_bytes(b"other bytes")
    result = CliRunner().invoke(
        app, ["backup", str(tmp_path / "made"), "--data-dir", str(data.data_dir), "--json"]
    )
    faults = json.loads(result.stdout)["faults"]
    assert result.exit_code == FAILED
    assert sorted(fault.rpartition("/")[2] for fault in faults) == sorted(
        [f"{lost.name}: missing", f"{changed.name}: changed"]
    )
    assert backup.check(tmp_path / "made").faults == faults


@pytest.mark.parametrize("part", ["quire.db", "manifest.json", "blob", "picture"])
@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_a_backup_that_lost_or_changed_a_part_is_refused(
    data: Settings, made: Path, part: str, damage: str
) -> None:
    paths = {
        "blob": made / blob_of(data.data_dir, NOTES).relative_to(data.data_dir),
        "picture": next((made / "blobs" / "pictures").rglob("*.*")),
    }
    path = paths.get(part, made / part)
    content = path.read_bytes()
    path.unlink()
    if damage == "changed":
        path.write_bytes(content[:-9])
    with pytest.raises(BackupError, match="backup"):
        backup.check(made)


def test_a_backup_of_a_newer_version_is_refused(made: Path) -> None:
    backups.change(made, backups.set_schema, "9999")
    backups.sign(made)
    with pytest.raises(SettingsError, match="newer version"):
        backup.check(made)


def test_a_manifest_of_a_newer_version_is_refused(made: Path) -> None:
    path = made / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 2, "quire": "9.0"}))
    with pytest.raises(BackupError, match=r"newer version of Quire \(9\.0\)"):
        backup.check(made)


def test_data_of_a_newer_version_is_refused(data: Settings, tmp_path: Path) -> None:
    backups.change(data.data_dir, backups.set_schema, "9999")
    with pytest.raises(SettingsError, match="newer version"):
        backup.make(data, tmp_path / "made")
    assert backups.names(tmp_path) == ["data"]


def test_a_damaged_database_is_refused(data: Settings, tmp_path: Path) -> None:
    (data.data_dir / "quire.db").write_bytes(b"SQLite format 3\0" + b"x" * 4096)
    with pytest.raises(BackupError, match="can't be copied"):
        backup.make(data, tmp_path / "made")
    assert backups.names(tmp_path) == ["data"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"database_url": "postgresql://server/quire"}, "pg_dump"),
        ({"blobs_url": "s3://bucket"}, "docs/operations.md"),
    ],
)
def test_data_on_a_server_is_refused(
    tmp_path: Path, changed: dict[str, str], sentence: str
) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", **changed)  # type: ignore
    with pytest.raises(SettingsError, match=sentence):
        backup.make(settings, tmp_path / "made")


def test_a_folder_without_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="nothing to back up"):
        backup.make(backups.settings_at(tmp_path / "none"), tmp_path / "made")
    assert backups.names(tmp_path) == []


def test_a_backup_inside_the_data_folder_is_refused(data: Settings) -> None:
    with pytest.raises(BackupError, match="outside"):
        backup.make(data, data.data_dir / "blobs" / "made")


def test_the_command_makes_and_checks_a_backup(data: Settings, tmp_path: Path) -> None:
    folder = str(tmp_path / "made")
    run = CliRunner().invoke
    result = run(app, ["backup", folder, "--data-dir", str(data.data_dir)])
    assert result.exit_code == OK
    assert "The backup is complete." in result.stdout
    result = run(app, ["backup", "--check", folder, "--json"])
    assert result.exit_code == OK
    assert json.loads(result.stdout)["folder"] == folder
    assert run(app, ["backup", folder, "--data-dir", str(data.data_dir)]).exit_code == FAILED
    result = run(app, ["backup", "--check", str(tmp_path)])
    assert result.exit_code == FAILED
    assert "not a backup" in result.stderr


def test_a_killed_backup_leaves_nothing_that_looks_like_one(
    data: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warm_parent: str
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)
    killed = tmp_path / "killed"
    warm.run(warm_parent, "tests.support.killed_files", "backup", str(data.data_dir), str(killed))
    attempts = sorted(killed.iterdir())
    assert len(attempts) > 20
    left = 0
    for parent in attempts:
        left += backups.names(parent) not in ([], ["made"])
        if (parent / "made").exists():
            backup.check(parent / "made")
            backup.make(data, parent / "other")
        else:
            backup.make(data, parent / "made")
        assert set(backups.names(parent)) <= {"made", "other"}
    assert left > 10
