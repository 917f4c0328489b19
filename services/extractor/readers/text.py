"""Reads plain text as a stream: paragraphs separated by blank lines, all on page 1."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from services.extractor.document import Block, Page, ReaderLimits, ReadOptions
from services.extractor.readers.clean import clean
from services.extractor.readers.decoding import text_parts
from services.extractor.readers.slices import SLICE, slices
from services.extractor.readers.source import Source

_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def read(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Yield slices of page 1, of about 64 Ki characters each."""
    return slices(Block("paragraph", text, page=None) for text in paragraphs(text_parts(source)))


def paragraphs(parts: Iterable[str]) -> Iterator[str]:
    """Yield the paragraphs of a text; a long one in slices, so that memory stays bounded."""
    rest = ""
    for part in parts:
        *whole, rest = _BLANK_LINES.split(rest + part)
        yield from _nonblank(whole)
        while len(rest) > SLICE:
            cut = _cut(rest)
            yield from _nonblank([rest[:cut]])
            rest = rest[cut:]
    yield from _nonblank([rest])


def _nonblank(texts: list[str]) -> Iterator[str]:
    for text in texts:
        kept = clean(text).strip()
        if kept:
            yield kept


def _cut(text: str) -> int:
    """Return the offset to split at: after a line or a word, else after `SLICE` characters."""
    for mark in ("\n", " "):
        at = text.rfind(mark, SLICE // 2, SLICE)
        if at > 0:
            return at + 1
    return SLICE
