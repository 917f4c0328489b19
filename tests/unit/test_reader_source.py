"""A reader gets the same bytes from a path and from a mapped file, whose path is gone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from services.extractor.readers.source import MappedFile, Source, contents, size_of

DATA = bytes(range(256)) * 100


@pytest.fixture(params=["path", "mapped"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    path = tmp_path / "f"
    path.write_bytes(DATA)
    if request.param == "path":
        return path
    with path.open("rb") as file:
        mapped = MappedFile(file.fileno())
    path.unlink()
    return mapped


def test_a_source_has_the_bytes_of_its_file(source: Source) -> None:
    assert contents(source) == DATA
    assert size_of(source) == len(DATA)


def test_a_source_is_read_at_several_places_at_the_same_time(source: Source) -> None:
    with source.open("rb") as first, source.open("rb") as second:
        assert first.read(10) == DATA[:10]
        assert second.seek(-5, os.SEEK_END) == len(DATA) - 5
        assert second.read() == DATA[-5:]
        assert second.read(1) == b""
        assert first.seek(2, os.SEEK_CUR) == first.tell() == 12
        assert first.read() == DATA[12:]


def test_no_place_is_before_the_start(source: Source) -> None:
    with source.open("rb") as file, pytest.raises(OSError, match=r"nvalid|start"):
        file.seek(-1, os.SEEK_SET)


def test_an_empty_file_has_no_bytes(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.touch()
    with path.open("rb") as file:
        mapped = MappedFile(file.fileno())
    assert (bytes(contents(mapped)), size_of(mapped), size_of(path)) == (b"", 0, 0)
