"""Maps file types to readers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from services.extractor.document import Page, ReaderLimits, ReadOptions
from services.extractor.readers import docx, markdown, pdf, text
from shared.domain.errors import EmptyFile, UnsupportedType

_READERS = {"pdf": pdf.read, "docx": docx.read, "txt": text.read, "md": markdown.read}


def open_reader(path: str, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Return the pages of a file; raises the permanent errors of `shared.domain.errors`."""
    reader = _READERS.get(options.file_type)
    if reader is None:
        raise UnsupportedType()
    file = Path(path)
    if file.is_file() and file.stat().st_size == 0:
        raise EmptyFile()
    return reader(file, options, limits)
