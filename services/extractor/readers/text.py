"""Plain text: paragraphs parted by blank lines, all on page 1, read as a stream."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from services.extractor.document import Block, Page, ReaderLimits, ReadOptions
from services.extractor.readers.clean import clean
from services.extractor.readers.decoding import text_parts

_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_SLICE = 64 * 1024


def read(path: Path, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Slices of page 1, each of a few paragraphs."""
    blocks: list[Block] = []
    size = 0
    for paragraph in _paragraphs(path):
        blocks.append(Block("paragraph", paragraph, page=1))
        size += len(paragraph)
        if size >= _SLICE:
            yield Page(1, tuple(blocks), count=1)
            blocks, size = [], 0
    yield Page(1, tuple(blocks), count=1)


def _paragraphs(path: Path) -> Iterator[str]:
    """A paragraph without end is handed on in slices, so that memory stays flat."""
    rest = ""
    for part in text_parts(path):
        *whole, rest = _BLANK_LINES.split(rest + part.replace("\r\n", "\n").replace("\r", "\n"))
        yield from _nonblank(whole)
        while len(rest) > _SLICE:
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
    """Where to part a slice: behind a line or a word if there is one."""
    for mark in ("\n", " "):
        at = text.rfind(mark, _SLICE // 2, _SLICE)
        if at > 0:
            return at + 1
    return _SLICE
