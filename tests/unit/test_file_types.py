"""The table of file types: every part of the system reads it."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from services.cli.files import READABLE
from services.extractor.readers.base import Reader
from services.extractor.readers.registry import open_reader, reader_of
from shared.domain.errors import EmptyFile, UnsupportedType
from shared.domain.file_types import FILE_TYPES, FileType, by_ending
from tests.support.readers import LIMITS, options

KINDS = pytest.mark.parametrize("kind", FILE_TYPES, ids=lambda kind: kind.name)


@KINDS
def test_every_type_has_a_reader_that_keeps_the_promise(kind: FileType) -> None:
    promised = list(inspect.signature(Reader.__call__).parameters)[1:]
    assert list(inspect.signature(reader_of(kind.name)).parameters) == promised


@KINDS
def test_every_type_is_sent_from_folders_and_has_a_name_that_fits_its_column(
    kind: FileType,
) -> None:
    assert set(kind.endings) <= set(READABLE)
    assert all(ending == ending.lower() and ending.startswith(".") for ending in kind.endings)
    assert 0 < len(kind.name) <= 16
    assert by_ending(kind.endings[0].upper()) is kind


def test_names_and_endings_belong_to_one_type_each() -> None:
    names = [kind.name for kind in FILE_TYPES]
    endings = [ending for kind in FILE_TYPES for ending in kind.endings]
    assert len(set(names)) == len(names)
    assert len(set(endings)) == len(endings)


@KINDS
def test_a_file_without_bytes_is_reported_as_empty(kind: FileType, tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.touch()
    with pytest.raises(EmptyFile):
        open_reader(path, options(kind.name), LIMITS)


def test_a_type_that_is_not_in_the_table_is_refused(tmp_path: Path) -> None:
    program = tmp_path / "program.exe"
    program.write_bytes(b"MZ")
    with pytest.raises(UnsupportedType):
        open_reader(program, options("exe"), LIMITS)
