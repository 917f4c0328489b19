"""Reads Markdown: headings, tables, lists and code as blocks, all else (HTML too) as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from services.extractor.document import Block, BlockKind, Mark, Page, ReaderLimits, ReadOptions
from services.extractor.readers.clean import clean
from services.extractor.readers.decoding import lines_of
from services.extractor.readers.slices import slices

_MAX_LINE = 64 * 1024  # characters; longer lines and blocks are split, which bounds memory
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\S")
_TABLE_RULE = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
# A stretch has at most 2,000 characters and ends at the next mark, so that no text is slow.
_STRUCK = re.compile(
    r"~~(?=[^\s~])[^~]{1,2000}+~~|<(s|del|strike)>[^<]{1,2000}+</\1>", re.IGNORECASE
)
_COMMENT = re.compile(r"<!--(?:(?!-->|<!--).){0,2000}+(?:-->|$)", re.DOTALL)
_CELL_EDGE = re.compile(r"(?<!\\)\|")


def read(path: Path, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Yield slices of page 1, of about 64 Ki characters each."""
    return slices(_Parser().blocks(map(clean, lines_of(path, _MAX_LINE))))


class _Parser:
    """Groups lines into blocks."""

    def __init__(self) -> None:
        self._held: list[str] = []
        self._size = 0
        self._fence = ""

    def blocks(self, lines: Iterator[str]) -> Iterator[Block]:
        """Yield the blocks of all lines."""
        for line in lines:
            if self._fence:
                yield from self._code(line)
            else:
                yield from self._prose(line)
            if self._size > _MAX_LINE:
                yield from self._flush()
        yield from self._flush()

    def _code(self, line: str) -> Iterator[Block]:
        """Collect a line of a code block, which is not parsed as Markdown."""
        if line.strip().startswith(self._fence):
            self._fence = ""
            yield from self._flush()
        else:
            self._hold(line)

    def _prose(self, line: str) -> Iterator[Block]:
        if fence := _FENCE.match(line):
            yield from self._flush()
            self._fence = fence[1]
        elif heading := _HEADING.match(line):
            yield from self._flush()
            if heading[2]:
                yield Block("heading", heading[2], page=None, level=len(heading[1]))
        elif not line.strip():
            yield from self._flush()
        elif len(self._held) == 1 and (under := _UNDERLINE.match(line)) and not self._in_table():
            level = 1 if under[1].startswith("=") else 2
            yield Block("heading", self._held.pop().strip(), page=None, level=level)
            self._size = 0
        else:
            if _ITEM.match(line):
                yield from self._flush()
            self._hold(line)

    def _in_table(self) -> bool:
        return "|" in self._held[0]

    def _hold(self, line: str) -> None:
        self._held.append(line)
        self._size += len(line)

    def _flush(self) -> Iterator[Block]:
        held, self._held, self._size = self._held, [], 0
        if len(held) > 1 and "|" in held[0] and _TABLE_RULE.match(held[1]):
            rows = [_cells(line) for line in (held[0], *held[2:])]
            marks = tuple(
                mark._replace(start=number, end=number + 1)
                for number, line in enumerate((held[0], *held[2:]))
                for mark in _marks(line)
            )
            yield Block("table", "", page=None, rows=tuple(rows), header=True, row_marks=marks)
            return
        text = "\n".join(held).strip("\n")
        if text.strip():
            kind: BlockKind = "list" if _ITEM.match(held[0]) else "paragraph"
            yield Block(kind, text, page=None, marks=tuple(_marks(text)))


def _marks(text: str) -> Iterator[Mark]:
    """Yield stretches between `~~` or in `<del>` as struck, and comments of HTML as hidden."""
    if "~~" in text or "<" in text:
        for found in _STRUCK.finditer(text):
            yield Mark(*found.span(), struck=True)
        for found in _COMMENT.finditer(text):
            yield Mark(*found.span(), hidden=True)


def _cells(line: str) -> tuple[str, ...]:
    row = line.strip().removeprefix("|")
    row = row[:-1] if row.endswith("|") and not row.endswith("\\|") else row
    return tuple(cell.replace("\\|", "|").strip() for cell in _CELL_EDGE.split(row))
