"""A folder that appears only when it is complete."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

import pytest

from shared.domain.errors import BackupError
from shared.maintenance.new_folder import new_folder
from tests.support.backups import names


def test_the_folder_appears_only_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "below" / "made"
    with new_folder(target) as folder:
        (folder / "file").touch()
        assert not target.exists()
    assert names(target) == ["file"]
    assert names(target.parent) == ["made"]


def test_an_empty_folder_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    with new_folder(tmp_path / "made") as folder:
        (folder / "file").touch()
    assert names(tmp_path / "made") == ["file"]


def test_the_folder_is_made_though_another_run_removed_its_lock_as_a_leftover(
    tmp_path: Path,
) -> None:
    with new_folder(tmp_path / "made"):
        # Another run in the same parent can hold the lock file before its maker locks it.
        (lock,) = tmp_path.glob("*.lock")
        lock.unlink()
    assert names(tmp_path) == ["made"]


def test_nothing_is_left_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), new_folder(tmp_path / "made") as folder:
        _ = (folder / "file").write_bytes(b"x") / 0
    assert names(tmp_path) == []


def test_a_file_that_can_t_be_written_raises_an_error_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="No space left"), new_folder(tmp_path / "made"):
        raise OSError(28, "No space left on device")
    assert names(tmp_path) == []


@pytest.mark.parametrize(("number", "made"), [(errno.EINVAL, True), (errno.EIO, False)])
def test_a_folder_is_made_where_the_file_system_can_not_sync_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, made: bool
) -> None:
    def refuse(_: int) -> None:
        raise OSError(number, "refused")

    monkeypatch.setattr(os, "fsync", refuse)
    with contextlib.suppress(BackupError), new_folder(tmp_path / "made"):
        pass
    assert (tmp_path / "made").exists() is made


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_target_with_content_is_refused_and_kept(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "made"
    if kind == "file":
        target.touch()
    else:
        (target / "below").mkdir(parents=True)
    with pytest.raises(BackupError, match="not empty"), new_folder(target):
        pass
    assert target.exists()


def test_a_target_that_gets_content_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "made"
    with pytest.raises(BackupError, match="not empty"), new_folder(target):
        (target / "other").mkdir(parents=True)
    assert names(target) == ["other"]
    assert names(tmp_path) == ["made"]


def test_a_mount_point_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "ismount", lambda path: path == tmp_path / "made")
    with pytest.raises(BackupError, match="mount point"), new_folder(tmp_path / "made"):
        pass


def test_a_folder_that_is_being_filled_is_left_to_its_process(tmp_path: Path) -> None:
    with new_folder(tmp_path / "first") as folder:
        with new_folder(tmp_path / "second"):
            pass
        assert folder.is_dir()
    assert names(tmp_path) == ["first", "second"]


def test_only_leftovers_of_killed_processes_are_removed(tmp_path: Path) -> None:
    left = tmp_path / "made.quire-partial-0123abcd"
    (left / "below").mkdir(parents=True)
    left.with_name(f"{left.name}.lock").touch()
    kept = ["made.partial-0123abcd.lock", "made.quire-partial-0123abcd.txt", "other.lock"]
    for name in kept:
        (tmp_path / name).touch()
    with new_folder(tmp_path / "made"):
        pass
    assert names(tmp_path) == sorted(["made", *kept])
