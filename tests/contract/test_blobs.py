"""What every store of blobs promises."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shared.blobs import FolderBlobs, original_key, picture_prefix

KEY = original_key("ab" * 32)


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "blobs")


def test_what_is_put_can_be_read_found_and_removed(blobs: FolderBlobs) -> None:
    assert not blobs.exists(KEY)
    blobs.put(KEY, b"bytes")
    assert blobs.exists(KEY)
    assert blobs.path(KEY).read_bytes() == b"bytes"
    blobs.remove(KEY)
    blobs.remove(KEY)
    assert not blobs.exists(KEY)
    with pytest.raises(FileNotFoundError):
        blobs.path(KEY)


def test_a_finished_file_is_taken_over(blobs: FolderBlobs) -> None:
    aside = blobs.incoming()
    aside.write_bytes(b"streamed")
    blobs.put_file(KEY, aside)
    assert not aside.exists()
    assert blobs.path(KEY).read_bytes() == b"streamed"


def test_the_same_bytes_twice_are_one_blob(blobs: FolderBlobs) -> None:
    blobs.put(KEY, b"bytes")
    blobs.put(KEY, b"bytes")
    assert list(blobs.keys()) == [KEY]


def test_keys_are_listed_by_prefix_without_what_is_still_arriving(blobs: FolderBlobs) -> None:
    picture = f"{picture_prefix('d1')}/x.png"
    blobs.put(KEY, b"1")
    blobs.put(picture, b"2")
    blobs.incoming().write_bytes(b"half")
    assert set(blobs.keys()) == {KEY, picture}
    assert list(blobs.keys(picture_prefix("d1"))) == [picture]
    assert list(blobs.keys(picture_prefix("d2"))) == []


def test_young_blobs_can_be_left_out(blobs: FolderBlobs) -> None:
    blobs.put(KEY, b"1")
    assert list(blobs.keys(unchanged_s=3600)) == []
    os.utime(blobs.path(KEY), (0, 0))
    assert list(blobs.keys(unchanged_s=3600)) == [KEY]


def test_half_written_files_are_swept_once_they_are_old(blobs: FolderBlobs) -> None:
    aside = blobs.incoming()
    aside.write_bytes(b"half")
    assert blobs.sweep_incoming(older_than=aside.stat().st_mtime) == 0
    assert blobs.sweep_incoming(older_than=aside.stat().st_mtime + 1) == 1
    assert not aside.exists()


@pytest.mark.parametrize("key", ["../etc/passwd", "/etc/passwd", "a//b", "a/../b", "", "A b", ".x"])
def test_a_key_never_leaves_the_folder(blobs: FolderBlobs, key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        blobs.path(key)
