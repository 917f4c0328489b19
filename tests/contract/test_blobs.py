"""The contract of every blob store."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from shared.blobs.base import Blobs, original_key, picture_prefix
from shared.blobs.folder import FolderBlobs
from shared.blobs.s3 import ObjectBlobs

KEY = original_key("ab" * 32)


@pytest.fixture(params=["folder", "memory", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    if request.param == "folder":
        return FolderBlobs(tmp_path / "blobs")
    store = MemoryStore() if request.param == "memory" else None
    url = "" if store else request.getfixturevalue("s3_url")
    return ObjectBlobs(url, tmp_path / "scratch", store=store)


def test_a_stored_blob_can_be_read_listed_and_removed(blobs: Blobs) -> None:
    assert not blobs.exists(KEY)
    blobs.put(KEY, b"bytes")
    assert blobs.exists(KEY)
    assert blobs.path(KEY).read_bytes() == b"bytes"
    blobs.remove(KEY)
    blobs.remove(KEY)
    assert not blobs.exists(KEY)
    with pytest.raises(FileNotFoundError):
        blobs.path(KEY)


def test_a_finished_file_is_moved_into_the_store(blobs: Blobs) -> None:
    aside = blobs.incoming()
    aside.write_bytes(b"streamed")
    blobs.put_file(KEY, aside)
    assert not aside.exists()
    assert blobs.path(KEY).read_bytes() == b"streamed"


def test_the_same_bytes_twice_are_one_blob(blobs: Blobs) -> None:
    blobs.put(KEY, b"bytes")
    blobs.put(KEY, b"bytes")
    assert list(blobs.keys()) == [KEY]


def test_keys_are_listed_by_prefix_without_incoming_files(blobs: Blobs) -> None:
    picture = f"{picture_prefix('d1')}/x.png"
    blobs.put(KEY, b"1")
    blobs.put(picture, b"2")
    blobs.incoming().write_bytes(b"half")
    assert set(blobs.keys()) == {KEY, picture}
    assert list(blobs.keys(picture_prefix("d1"))) == [picture]
    assert list(blobs.keys(picture_prefix("d2"))) == []


def test_recently_changed_blobs_can_be_left_out(blobs: Blobs) -> None:
    blobs.put(KEY, b"1")
    assert list(blobs.keys(unchanged_s=3600)) == []
    assert list(blobs.keys(unchanged_s=0)) == [KEY]


def test_old_files_are_listed(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    blobs.put(KEY, b"1")
    os.utime(blobs.path(KEY), (0, 0))
    assert list(blobs.keys(unchanged_s=3600)) == [KEY]


def test_the_size_of_a_blob_is_returned(blobs: Blobs) -> None:
    blobs.put(KEY, b"12345")
    assert blobs.size(KEY) == 5
    with pytest.raises(FileNotFoundError):
        blobs.size(original_key("cd" * 32))


def test_local_copies_of_an_object_store_stay_within_their_limit(tmp_path: Path) -> None:
    blobs = ObjectBlobs("", tmp_path, store=MemoryStore(), max_cached_bytes=2_000)
    keys = [original_key(f"{number:02}" * 32) for number in range(6)]
    for key in keys:
        blobs.put(key, b"x" * 600)
        assert blobs.path(key).stat().st_size == 600
    assert sum(path.stat().st_size for path in (tmp_path / "copies").iterdir()) <= 2_600
    assert blobs.path(keys[0]).read_bytes() == b"x" * 600


def test_old_incomplete_files_are_removed(blobs: Blobs) -> None:
    aside = blobs.incoming()
    aside.write_bytes(b"half")
    assert blobs.sweep_incoming(older_than=aside.stat().st_mtime) == 0
    assert blobs.sweep_incoming(older_than=aside.stat().st_mtime + 1) == 1
    assert not aside.exists()


@pytest.mark.parametrize("key", ["../etc/passwd", "/etc/passwd", "a//b", "a/../b", "", "A b", ".x"])
def test_a_key_outside_the_folder_is_refused(blobs: Blobs, key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        blobs.path(key)
