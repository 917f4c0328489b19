"""A build is complete or absent, and a file is hashed once until it changes."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from shared.encoders import fingerprint as fingerprints
from shared.encoders.build_cache import build_once, write_atomically
from shared.encoders.fingerprint import fingerprint


def write_letter(target: Path) -> None:
    (target / "letter").write_text("a")


def test_a_folder_is_built_once(tmp_path: Path) -> None:
    first = build_once(tmp_path / "cache", "key", write_letter)

    def refuse(target: Path) -> None:
        raise AssertionError("built twice")

    assert build_once(tmp_path / "cache", "key", refuse) == first
    assert (first / "letter").read_text() == "a"


def test_a_failed_build_leaves_no_folder(tmp_path: Path) -> None:
    def broken(target: Path) -> None:
        write_letter(target)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        build_once(tmp_path, "key", broken)
    assert list(tmp_path.iterdir()) == []


def test_of_two_builds_the_first_to_finish_is_used(tmp_path: Path) -> None:
    def slow(target: Path) -> None:
        build_once(tmp_path, "key", write_letter)
        (target / "letter").write_text("b")

    assert (build_once(tmp_path, "key", slow) / "letter").read_text() == "a"
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_built_folder_can_be_read_by_other_users(tmp_path: Path) -> None:
    assert build_once(tmp_path, "key", write_letter).stat().st_mode & 0o055 == 0o055


def test_a_text_file_is_replaced_atomically(tmp_path: Path) -> None:
    path = tmp_path / "new" / "text"
    write_atomically(path, "one")
    write_atomically(path, "two")
    assert path.read_text() == "two"
    assert [found.name for found in path.parent.iterdir()] == ["text"]


def test_a_file_is_hashed_once_until_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"one")
    assert fingerprint(file, tmp_path / "cache") == hashlib.sha256(b"one").hexdigest()
    with monkeypatch.context() as patched:
        patched.setattr(hashlib, "file_digest", None)
        assert fingerprint(file, tmp_path / "cache") == hashlib.sha256(b"one").hexdigest()
    file.write_bytes(b"two")
    os.utime(file, ns=(1, 1))
    assert fingerprint(file, tmp_path / "cache") == hashlib.sha256(b"two").hexdigest()


@pytest.mark.parametrize("content", ["", "{", "[1]"])
def test_a_damaged_fingerprint_file_is_ignored(tmp_path: Path, content: str) -> None:
    (tmp_path / fingerprints.CACHE_FILE).write_text(content)
    file = tmp_path / "weights"
    file.write_bytes(b"one")
    assert fingerprint(file, tmp_path) == hashlib.sha256(b"one").hexdigest()
