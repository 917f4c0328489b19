"""Reads tables of values separated by commas, semicolons, tabs or bars, row by row."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from services.extractor.document import Block, Page, ReaderLimits, ReadOptions
from services.extractor.readers import grid
from services.extractor.readers.clean import clean
from services.extractor.readers.decoding import lines_of
from services.extractor.readers.slices import slices
from services.extractor.readers.source import Source

_DELIMITERS = ",;\t|"
_SAMPLE = 100  # rows that are compared to find the delimiter and the header
_MAX_LINE = 1024 * 1024  # characters; bounds the memory of one row
_MAX_LINES = 1_000  # of one row; a quote that is not closed before does not open a value
_MAX_TITLES = 10  # rows above the names of the columns that have one value only
_DECLARED = re.compile(r"sep=(.)$", re.IGNORECASE)  # as Excel writes it


def read(source: Source, options: ReadOptions, limits: ReaderLimits) -> Iterator[Page]:
    """Yield slices of page 1, of about 64 Ki characters each."""
    return slices(_blocks(map(clean, lines_of(source, _MAX_LINE)), options))


def _blocks(lines: Iterator[str], options: ReadOptions) -> Iterator[Block]:
    sample = list(islice(lines, _SAMPLE))
    declared = _DECLARED.match(sample[0]) if sample else None
    delimiter = declared[1] if declared else _delimiter(sample)
    rows = _rows(chain(sample[1 if declared else 0 :], lines), delimiter)
    first = list(islice(rows, _SAMPLE))
    width = _usual_width(first)
    if width < 2:
        yield from (Block("paragraph", " ".join(row), None) for row in chain(first, rows))
        return
    titles = _titles(first, width)
    caption = "\n".join(" ".join(filter(None, row)) for row in first[:titles])
    first = first[titles:]
    if grid.names_columns(first):
        yield from grid.tables(chain(first[1:], rows), first[0], options, caption=caption)
    else:
        yield from grid.parts(chain(first, rows), caption=caption)


def _delimiter(lines: list[str]) -> str:
    """Return the delimiter that parts most rows into the same number of values, at least two."""

    def evidence(delimiter: str) -> tuple[float, int]:
        rows = list(_rows(lines, delimiter))
        width = _usual_width(rows)
        alike = sum(len(row) == width for row in rows)
        return (alike / len(rows), width) if width > 1 else (0.0, 0)

    return max(_DELIMITERS, key=evidence)


def _usual_width(rows: list[grid.Row]) -> int:
    widths = Counter(len(row) for row in rows)
    return max(widths, key=lambda width: (width > 1, widths[width], width), default=0)


def _titles(rows: list[grid.Row], width: int) -> int:
    """Return the number of rows above the table: titles, with one value only."""
    for at, row in enumerate(rows[:_MAX_TITLES]):
        if len(row) == width and sum(map(bool, row)) > 1:
            return at
    return 0


def _rows(lines: Iterable[str], delimiter: str) -> Iterator[grid.Row]:
    """Yield the rows that are not blank; the line ends within quotes belong to a value."""
    csv.field_size_limit(_MAX_LINE * 2)
    for record in _records(iter(lines), delimiter):
        for values in csv.reader(record, delimiter=delimiter):
            row = tuple(value.strip() for value in values)
            if any(row):
                yield row


def _records(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    """Yield the lines of each row; if a quote is not closed, each of its lines alone."""
    held: list[str] = []
    size = 0
    is_open = False
    for line in lines:
        held.append(f"{line}\n" if line or held else "")
        size += len(line)
        is_open = _opens(line, delimiter, is_open=is_open)
        if is_open and len(held) < _MAX_LINES and size < _MAX_LINE:
            continue
        yield from _unquoted(held) if is_open else [held]
        held, size, is_open = [], 0, False
    yield from _unquoted(held)


def _unquoted(lines: list[str]) -> Iterator[list[str]]:
    """Yield lines with a quote that is not closed, without quotes."""
    yield from ([line.replace('"', "'")] for line in lines)


def _opens(line: str, delimiter: str, *, is_open: bool) -> bool:
    """Return whether a quote is open after the line: a value that begins with it lacks its end."""
    at = 0
    if not is_open and line.startswith('"'):
        at, is_open = 1, True
    while True:
        at = line.find('"' if is_open else f'{delimiter}"', at)
        if at < 0:
            return is_open
        if not is_open:
            at, is_open = at + 2, True
        elif line.startswith('""', at):
            at += 2
        else:
            at, is_open = at + 1, False
