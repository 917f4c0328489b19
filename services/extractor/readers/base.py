"""The promise that every reader keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from services.extractor.document import Page, ReaderLimits, ReadOptions
from services.extractor.readers.source import Source


class Reader(Protocol):
    """Reads files of one type; the module of a type has it as its function `read`."""

    def __call__(
        self, source: Source, options: ReadOptions, limits: ReaderLimits
    ) -> Iterator[Page]:
        """Yield the pages of a file, or slices of them, in order; blocks in reading order.

        A format without pages yields slices of page 1, whose blocks have no page. Memory stays
        bounded for a file of any size. No other file can be opened, and nothing imported. Raises a
        permanent error of `shared.domain.errors` for a file that can't be read, with a sentence
        that says what to do.
        """
        ...
