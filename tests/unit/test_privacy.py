"""Files of a process are its user's alone, and its memory is not shown to others."""

from __future__ import annotations

import os
import resource
from pathlib import Path

from shared.system.privacy import keep_private, private_folder
from tests.support.isolated import outcome


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_files_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    def write() -> list[int]:
        keep_private()
        (tmp_path / "f").write_text("text")
        (tmp_path / "folder").mkdir()
        return [mode(tmp_path / "f"), mode(tmp_path / "folder")]

    assert outcome(write) == [0o600, 0o700]


def test_memory_is_neither_shown_nor_dumped() -> None:
    def state() -> list[int]:
        keep_private()
        return [os.stat("/proc/self/mem").st_uid, *resource.getrlimit(resource.RLIMIT_CORE)]

    assert outcome(state) == [0, 0, 0]


def test_a_data_folder_is_entered_by_its_owner_only(tmp_path: Path) -> None:
    private_folder(tmp_path / "new")
    assert mode(tmp_path / "new") == 0o700
    (tmp_path / "old").mkdir(mode=0o755)
    private_folder(tmp_path / "old")
    assert mode(tmp_path / "old") == 0o700


def test_a_mounted_folder_of_another_owner_keeps_its_access(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old").chmod(0o770)

    def as_another_user() -> None:
        os.geteuid = lambda: 12345
        private_folder(tmp_path / "old")

    assert outcome(as_another_user) is None
    assert mode(tmp_path / "old") == 0o770
