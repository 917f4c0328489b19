"""Finds the reader of a file type by the table in `shared/domain/file_types.py`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import cast

from services.extractor import readers
from services.extractor.document import ChunkDraft, Member, Page, ReaderLimits, ReadOptions
from services.extractor.readers.base import Reader
from services.extractor.readers.source import Source, size_of
from shared.domain.errors import EmptyFile, UnsupportedType
from shared.domain.file_types import BY_NAME


def load_all() -> None:
    """Import every reader: a process in the sandbox can open no module."""
    for module in pkgutil.walk_packages(readers.__path__, f"{readers.__name__}."):
        importlib.import_module(module.name)


def open_reader(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Return the pages of a file; raises the permanent errors of `shared.domain.errors`."""
    if size_of(source) == 0:
        raise EmptyFile()
    return reader_of(options.file_type)(source, options, limits)


def reader_of(file_type: str) -> Reader:
    """Return the reader of a type; raises UnsupportedType if the table does not have it."""
    kind = BY_NAME.get(file_type)
    if kind is None:
        raise UnsupportedType()
    module = importlib.import_module(f"services.extractor.readers.{kind.module}")
    return cast(Reader, module.read)


def open_members(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[Member]:
    """Return the files in a file, in pieces; raises UnsupportedType if its type has none."""
    kind = BY_NAME.get(options.file_type)
    if kind is None or not kind.has_members:
        raise UnsupportedType()
    module = importlib.import_module(f"services.extractor.readers.{kind.module}")
    return cast(Iterator[Member], module.members(source, limits))


def open_view(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[ChunkDraft]:
    """Return what `options.view` makes of pages; raises UnsupportedType if there are none."""
    kind = BY_NAME.get(options.file_type)
    if kind is None or not kind.has_pages:
        raise UnsupportedType("Pages of this type of file are not drawn.")
    module = importlib.import_module("services.extractor.readers.page_views")
    return cast(Iterator[ChunkDraft], module.read(source, options, limits))
