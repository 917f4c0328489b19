"""Reads the rows of a sheet: shared texts, numbers and dates in their formats, merged cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from services.extractor.readers.clean import clean
from services.extractor.readers.number_text import built_in, formatted
from services.extractor.readers.office import OfficePackage
from services.extractor.readers.xml import Element, attribute, child, local, release, stream
from shared.domain.errors import Bomb

_ON = ("1", "true")
_SCANNED_BYTES = 256 * 1024  # read at once to look for merged cells
_MERGED = re.compile(
    rb"<(?:\w{1,9}:)?mergeCell\s[^>]{0,99}?ref=\"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})\""
)
_MAX_MARK_BYTES = 256
_MAX_MERGED = 100_000  # areas of one sheet
_MAX_COLUMNS = 16_384
_MAX_WIDTH = 200  # columns in which a merged cell is repeated
_MAX_REPEATED = 200  # characters; a merged cell with a longer text names no rows or columns
_MAX_CELL = 32_767  # characters; the limit of the file format
_MAX_SHARED = 256 * 1024 * 1024  # characters of all shared texts, which stay in memory
_REFERENCE = re.compile(r"([A-Z]{1,3})\d{1,7}$")


class Sheet(NamedTuple):
    """A sheet: its part, its name, and whether the workbook hides it."""

    path: str
    name: str
    hidden: bool = False


@dataclass(slots=True)
class Row:
    """The cells of a row that are not blank, by column from 0."""

    number: int
    cells: dict[int, str] = field(default_factory=dict)
    hidden: bool = False
    frozen: bool = False
    """Whether the row stays on top when the sheet is scrolled, as names of columns do."""


class Cells:
    """Reads the cells of all sheets of a workbook."""

    def __init__(self, package: OfficePackage, main: str, *, from_1904: bool) -> None:
        self._package = package
        self._from_1904 = from_1904
        self._texts = self._shared(package.related(main, "sharedStrings"))
        self._formats = _formats(package, package.related(main, "styles"))

    def rows(self, sheet: Sheet) -> Iterator[Row]:
        """Yield the rows that are not blank; Bomb: more merged areas than a sheet has use for."""
        merged = _Merged(self._package, sheet.path)
        frozen, number = 0, 0
        with self._package.open(sheet.path) as part:
            for element in stream(part, "pane", "row"):
                if local(element) == "pane":
                    frozen = _int(attribute(element, "ySplit"), 0)
                    continue
                number = _int(attribute(element, "r"), number + 1)
                hidden = sheet.hidden or attribute(element, "hidden") in _ON
                row = Row(number, self._values(element), hidden, number <= frozen)
                release(element)
                merged.complete(row)
                if row.cells:
                    yield row

    def _values(self, row: Element) -> dict[int, str]:
        found: dict[int, str] = {}
        column = -1
        for cell in row:
            place = _REFERENCE.match(attribute(cell, "r") or "")
            column = _column(place[1]) if place else column + 1
            if len(cell) and column < _MAX_COLUMNS:
                text = self._value(cell)
                if text:
                    found[column] = text
        return found

    def _value(self, cell: Element) -> str:
        kind = attribute(cell, "t") or "n"
        if kind == "inlineStr":
            return _rich(child(cell, "is"))
        stored = child(cell, "v")
        if stored is None or not stored.text:  # no program has computed it yet
            formula = child(cell, "f")
            return f"={formula.text}" if formula is not None and formula.text else ""
        text = (stored.text or "")[:_MAX_CELL]
        if kind == "s":
            at = _int(text, -1)
            return self._texts[at] if 0 <= at < len(self._texts) else ""
        if kind == "b":
            return "TRUE" if text in _ON else "FALSE"
        if kind == "n":
            style = _int(attribute(cell, "s"), 0)
            pattern = self._formats[style] if style < len(self._formats) else ""
            return formatted(text.strip(), pattern, from_1904=self._from_1904)
        return " ".join(clean(text).split())  # the text or error of a formula, or a date

    def _shared(self, path: str | None) -> list[str]:
        if path is None:
            return []
        texts: list[str] = []
        size = 0
        with self._package.open(path) as part:
            for element in stream(part, "si"):
                texts.append(_rich(element))
                size += len(texts[-1])
                if size > _MAX_SHARED:
                    raise Bomb()
                release(element)
        return texts


class _Merged:
    """Repeats the text of a merged cell in all cells that it covers."""

    def __init__(self, package: OfficePackage, path: str) -> None:
        self._waiting: dict[int, list[tuple[int, int, int]]] = {}
        self._open: list[tuple[int, int, int, str]] = []
        rest = b""
        count = 0
        with package.open(path) as part:
            while data := part.read(_SCANNED_BYTES):
                for found in _MERGED.finditer(rest + data):
                    left, top, right, bottom = (group.decode() for group in found.groups())
                    area = (int(bottom), _column(left), _column(right))
                    self._waiting.setdefault(int(top), []).append(area)
                    count += 1
                    if count > _MAX_MERGED:
                        raise Bomb()
                rest = data[-_MAX_MARK_BYTES:]

    def complete(self, row: Row) -> None:
        """Add the texts of merged cells to a row; rows come in order."""
        self._open = [area for area in self._open if area[0] >= row.number]
        for _, left, right, text in self._open:
            self._fill(row, left, right, text)
        for bottom, left, right in dict.fromkeys(self._waiting.pop(row.number, ())):
            text = row.cells.get(left, "")
            if text and len(text) <= _MAX_REPEATED:
                if len(row.cells) > 1 or bottom > row.number:  # a row of one cell is a title
                    self._fill(row, left, right, text)
                if bottom > row.number:
                    self._open.append((bottom, left, right, text))

    def _fill(self, row: Row, left: int, right: int, text: str) -> None:
        for column in range(left, min(right, left + _MAX_WIDTH) + 1):
            row.cells.setdefault(column, text)


def _formats(package: OfficePackage, path: str | None) -> list[str]:
    """Return the number formats of cells by their style."""
    if path is None:
        return []
    own: dict[int, str] = {}
    found: list[str] = []
    root = package.tree(path)
    for element in root.iter("{*}numFmt"):
        own[_int(attribute(element, "numFmtId"), -1)] = attribute(element, "formatCode") or ""
    styles = child(root, "cellXfs")
    for style in styles if styles is not None else ():
        number = _int(attribute(style, "numFmtId"), 0)
        found.append(own.get(number, built_in(number)))
    return found


def _rich(element: Element | None) -> str:
    """Return the text of a cell without its phonetic guide."""
    parts: list[str] = []
    for text in element.iter("{*}t") if element is not None else ():
        above = text.getparent()
        if text.text and (above is None or local(above) != "rPh"):
            parts.append(text.text)
    lines = clean("".join(parts)[:_MAX_CELL]).replace("_x000D_", "").split("\n")
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _int(text: str | None, default: int) -> int:
    whole = (text or "").partition(".")[0]
    return int(whole) if whole.isascii() and whole.isdigit() and len(whole) <= 9 else default
