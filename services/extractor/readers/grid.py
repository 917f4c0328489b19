"""Turns the rows of a table of any length into blocks, each below the names of its columns.

A row that is too long to stand below them becomes lines of "name: value", so that no value is
separated from its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from services.extractor.document import Block, Mark, ReadOptions
from services.extractor.readers.slices import SLICE
from services.extractor.tokenizer import load_tokenizer

Row = tuple[str, ...]
Marks = Mapping[int, Sequence[Mark]]
_NO_MARKS: Marks = MappingProxyType({})

_MAX_ROWS = 200  # of one block, so that a long table is passed on in parts
_WORD = re.compile(r"\w+|[^\w\s]")
# Without a tokenizer: tokens of a word or sign; long words and numbers have two or three.
_TOKENS_PER_WORD = 1.6
_NUMBER = re.compile(r"[-+(]?[^\w\s]?\d[\d.,:/%\s-]*\)?(?:\s?[^\W\d_]{1,3}|[^\w\s])?$")
_YEAR = re.compile(r"(?:19|20)\d\d$")
_FEWEST_BELOW = 3  # rows of a table with two rows of names
_HEADER_SHARE = 2  # a header of more than half of a chunk is not repeated in every one


def tables(
    rows: Iterable[Row],
    header: Row,
    options: ReadOptions,
    *,
    page: int | None = None,
    caption: str = "",
    marks: Marks = _NO_MARKS,
) -> Iterator[Block]:
    """Yield `rows` as tables below `header`, or as fields where they are too long for that.

    The caption stands above each part of the table. `marks` are those of the rows, by their number
    from 0; offsets are not looked at.
    """
    part = _Part(page, header, caption)
    measure = _Measure(options)
    head_cost = measure.tokens(header)
    wide = head_cost * _HEADER_SHARE > options.max_tokens
    for number, row in enumerate(rows):
        if wide or not measure.fits(row, options.max_tokens - head_cost - len(header)):
            yield from part.take()
            yield from _fields(header, row, measure, page, marks.get(number, ()))
        elif any(row) and part.add(row, marks.get(number, ())):
            yield from part.take()
    yield from part.take()


def parts(
    rows: Iterable[Row],
    *,
    page: int | None = None,
    caption: str = "",
    marks: Marks = _NO_MARKS,
) -> Iterator[Block]:
    """Yield the rows of a table without known header, in parts below its first row."""
    part = _Part(page, None, caption)
    for number, row in enumerate(rows):
        if any(row) and part.add(row, marks.get(number, ())):
            yield from part.take()
            part.header, part.known = part.header or part.first, None
    yield from part.take()


def header_rows(rows: Sequence[Row]) -> int:
    """Return the number of rows that name columns, if the first does: two if it has wide names."""
    if len(rows) < _FEWEST_BELOW:
        return 1
    first, second = even(rows[:2])
    wide = any(name and name == after for name, after in pairwise(first))
    named = any(second) and not any(map(is_number, second))
    return 2 if wide and named else 1


def is_number(cell: str) -> bool:
    """Return whether a cell has a number, with signs and a unit, and nothing else."""
    return _NUMBER.match(cell) is not None


def names_columns(rows: Sequence[Row]) -> bool:
    """Return whether the first row has names: hardly a blank, and no number but years."""
    if len(rows) < 2:  # names without values name nothing
        return False
    names = [cell for cell in rows[0] if cell]
    years = [cell for cell in names if _YEAR.match(cell)]
    numbers = sum(map(is_number, names)) - len(years)
    few_blanks = 2 * len(names) > len(rows[0])
    return few_blanks and numbers == 0 and (not years or len(years) < len(names) or not rows[0][0])


def merged_header(rows: Sequence[Row]) -> Row:
    """Return several header rows as one: in each column their different texts, from the top.

    >>> merged_header([("", "Sales", "Sales"), ("Year", "2023", "2024")])
    ('Year', 'Sales 2023', 'Sales 2024')
    """
    columns = zip(*even(rows), strict=True)
    return tuple(" ".join(dict.fromkeys(filter(None, column))) for column in columns)


def even(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return rows of the same length, without columns on the right that are empty in all."""
    width = max((_filled(row) for row in rows), default=0)
    return tuple(row[:width] + ("",) * (width - len(row)) for row in rows)


def _filled(row: Row) -> int:
    return next((at for at in range(len(row), 0, -1) if row[at - 1]), 0)


class _Part:
    """Holds the rows of one block."""

    def __init__(self, page: int | None, header: Row | None, caption: str) -> None:
        self.header = header
        self.known: bool | None = None if header is None else True
        self.first: Row = ()
        self._page = page
        self._caption = caption
        self._rows: list[Row] = []
        self._marks: list[Mark] = []
        self._size = 0

    def add(self, row: Row, marks: Iterable[Mark]) -> bool:
        """Append a row; return whether the block is full."""
        at = len(self._rows) + (self.header is not None)
        self.first = self.first or row
        self._rows.append(row)
        self._marks += {mark._replace(start=at, end=at + 1) for mark in marks}
        self._size += sum(map(len, row))
        return len(self._rows) == _MAX_ROWS or self._size >= SLICE

    def take(self) -> Iterator[Block]:
        """Yield the block if it has rows, and begin another one."""
        rows, marks = self._rows, tuple(self._marks)
        self._rows, self._marks, self._size = [], [], 0
        if rows and self._caption:
            yield Block("caption", self._caption, self._page)
        if rows:
            above = [] if self.header is None else [self.header]
            cells = even([*above, *rows])
            yield Block("table", "", self._page, rows=cells, row_marks=marks, header=self.known)


def _fields(
    header: Row, row: Row, measure: _Measure, page: int | None, marks: Iterable[Mark]
) -> Iterator[Block]:
    """Yield a row as lines, in groups that fit into a chunk; each begins with the first value."""
    names = header + ("",) * (len(row) - len(header))
    lines = [
        f"{name}: {value}" if name else value
        for name, value in zip(names, row, strict=False)
        if value
    ]
    group = lines[:1]
    for line in lines[1:]:
        if len(group) > 1 and not measure.fits((*group, line), measure.max_tokens):
            yield _field("\n".join(group), page, marks)
            group = lines[:1]
        group.append(line)
    if group:
        yield _field("\n".join(group), page, marks)


def _field(text: str, page: int | None, marks: Iterable[Mark]) -> Block:
    whole = {mark._replace(start=0, end=len(text)) for mark in marks}
    return Block("field", text, page, marks=tuple(whole))


class _Measure:
    """Counts the tokens of rows as Markdown: exactly, unless the options name no tokenizer."""

    def __init__(self, options: ReadOptions) -> None:
        self.max_tokens = options.max_tokens
        path = options.tokenizer_path
        self._tokenizer = load_tokenizer(path) if path else None

    def tokens(self, row: Row) -> int:
        """Return the number of tokens of a row."""
        text = "|" + "|".join(row) + "|"
        if self._tokenizer is None:
            return int(_TOKENS_PER_WORD * len(_WORD.findall(text)))
        return len(self._tokenizer.spans(text))

    def fits(self, row: Row, tokens: int) -> bool:
        """Return whether a row has at most so many tokens; short ones need not be counted."""
        letters = sum(map(len, row)) + len(row) + 1  # a token has at least one character
        return letters <= tokens or (letters <= SLICE and self.tokens(row) <= tokens)
