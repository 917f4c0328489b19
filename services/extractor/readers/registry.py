"""Finds the reader of a file type by the table in `shared/domain/file_types.py`."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from services.extractor.document import Page, ReaderLimits, ReadOptions
from services.extractor.readers import docx, markdown, pdf, text  # noqa: F401
from services.extractor.readers.base import Reader
from shared.domain.errors import EmptyFile, UnsupportedType
from shared.domain.file_types import BY_NAME

# The readers above are loaded before a process is forked for a file, because their types are the
# usual ones. All others are loaded in the process that reads such a file.


def open_reader(path: str, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Return the pages of a file; raises the permanent errors of `shared.domain.errors`."""
    reader = pictures_of(options.file_type) if options.draw else reader_of(options.file_type)
    file = Path(path)
    if file.is_file() and file.stat().st_size == 0:
        raise EmptyFile()
    return reader(file, options, limits)


def reader_of(file_type: str) -> Reader:
    """Return the reader of a type; raises UnsupportedType if the table does not have it."""
    kind = BY_NAME.get(file_type)
    if kind is None:
        raise UnsupportedType()
    module = importlib.import_module(f"services.extractor.readers.{kind.module}")
    return cast(Reader, module.read)


def pictures_of(file_type: str) -> Reader:
    """Return what draws the pages of a type; raises UnsupportedType for one without pages."""
    if file_type != "pdf":
        raise UnsupportedType("Pages of this type of file are not drawn.")
    module = importlib.import_module("services.extractor.readers.page_pictures")
    return cast(Reader, module.read)
