"""Reads DOCX tables row by row; tables that only place text on the page are read as that text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from services.extractor.document import Block
from services.extractor.readers.docx.marks import HIDDEN, SEEN, STRUCK, Look
from services.extractor.readers.xml import Element, attribute, child, number, parts_of, value

if TYPE_CHECKING:
    from services.extractor.readers.docx.blocks import BlockReader

_SLICE = 200  # rows of a table that are passed on together, below a repeated header
_MAX_HEADER = 6  # rows that name columns; more are rows of the table that Word repeats
_MAX_COLUMNS = 200  # Word allows 63
_MAX_REPEATED = 200  # characters; a merged cell with a longer text names no rows or columns
_MAX_REPEATED_IN_ROW = 2_000  # characters; bounds what a hostile file makes of a short cell
_MAX_LABEL = 200  # characters of the row that names a table in one of its cells
_MAX_ITEM = 100  # characters of a cell; a table of one column with longer ones is text in a frame
_FEWEST_ITEMS = 3  # rows of a table of one column
_ENDS = (".", "!", "?", ":", ";", "。")
_OFF = ("0", "false", "off")


class Piece(NamedTuple):
    """A block; one that stands `aside`, such as a note, is not part of the text of a cell."""

    block: Block
    aside: bool = False
    bold: bool = False


@dataclass(slots=True)
class _Row:
    """A row's cells and the page on which it begins; `pieces` are the content of all cells."""

    cells: tuple[str, ...]
    page: int
    pieces: list[Piece] = field(default_factory=list)
    is_single: bool = False
    is_bold: bool = False
    is_header: bool = False


class TableReader:
    """Collects the rows of one table; long ones are passed on in slices."""

    def __init__(self, reader: BlockReader, depth: int = 0, look: Look = SEEN) -> None:
        self._reader = reader
        self._depth = depth
        self._look = look
        self._rows: list[_Row] = []
        self._above: dict[int, str] = {}
        self._is_layout = False
        self._style_marks_first = False

    def add(self, element: Element) -> Iterator[Piece]:
        """Read a row, and yield what is complete of a long table."""
        if not self._rows and not self._is_layout:
            self._style_marks_first = self._marks_first(element)
        self._rows.append(self._row(element))
        if len(self._rows) > _SLICE:
            yield from self._flush()
            if not self._is_layout:
                kept = max(1, self._header(self._rows) or 0)
                del self._rows[kept:]
                for row in self._rows:
                    row.pieces.clear()

    def end(self) -> Iterator[Piece]:
        """Yield the rest of the table."""
        yield from self._flush()
        self._rows = []

    def _flush(self) -> Iterator[Piece]:
        rows = [row for row in self._rows if any(row.cells) or row.pieces]
        if self._is_layout or (all(row.is_single for row in rows) and not _is_list(rows)):
            self._is_layout = True
            self._rows = []
            for row in rows:
                yield from row.pieces
            return
        filled = [row for row in rows if any(row.cells)]
        if filled:
            yield Piece(self._block(filled))
        for row in rows:
            yield from _asides(row)

    def _block(self, rows: Sequence[_Row]) -> Block:
        width = max(len(row.cells) for row in rows)
        return Block(
            "table",
            "",
            self._reader.pages.number,
            rows=tuple(row.cells + ("",) * (width - len(row.cells)) for row in rows),
            row_pages=tuple(row.page for row in rows),
            header=self._header(rows),
        )

    def _header(self, rows: Sequence[_Row]) -> int | None:
        """Return how many first rows the file shows as names of columns; None if it shows none."""
        marked = list(takewhile(lambda row: row.is_header, rows[:_MAX_HEADER]))
        if marked:
            return len(marked)
        first, rest = rows[0], rows[1:]
        is_bold = first.is_bold and rest and not any(row.is_bold for row in rest)
        return 1 if self._style_marks_first or is_bold else None

    def _marks_first(self, row: Element) -> bool:
        properties = child(row.getparent(), "tblPr")
        look = child(properties, "tblLook")
        if look is None or not self._reader.styles.marks_first_row(value(properties, "tblStyle")):
            return False
        own = attribute(look, "firstRow")
        return own not in _OFF if own is not None else _has_bit(attribute(look, "val"))

    def _row(self, element: Element) -> _Row:
        pages = self._reader.pages
        pages.of_text = None
        properties = child(element, "trPr")
        look = self._look
        if child(properties, "del") is not None:
            look = look.within(STRUCK)
        if child(properties, "hidden") is not None:
            look = look.within(HIDDEN)
        cells = [""] * min(number(properties, "gridBefore") or 0, _MAX_COLUMNS)
        pieces: list[Piece] = []
        count = 0
        for cell in parts_of(element, "tc"):
            content = list(self._reader.container(cell, look, self._depth))
            cells += self._placed(cell, len(cells), _text(content))
            pieces += content
            count += 1
        bold = [piece.bold for piece in pieces if not piece.aside and piece.block.text]
        header = child(properties, "tblHeader")
        return _Row(
            tuple(cells),
            pages.of_text or pages.number,
            pieces,
            is_single=len(cells) == count == 1,
            is_bold=bool(bold) and all(bold),
            is_header=header is not None and attribute(header, "val") not in _OFF,
        )

    def _placed(self, cell: Element, column: int, text: str) -> list[str]:
        """Return a cell's text for each column that it covers; below a merged cell, that of it."""
        properties = child(cell, "tcPr")
        merge = child(properties, "vMerge")
        span = number(properties, "gridSpan") or 1
        if merge is not None and attribute(merge, "val") in (None, "continue"):
            text = text or self._above.get(column, "")
        elif merge is not None:
            self._above[column] = text if len(text) <= _MAX_REPEATED else ""
        more = min(span, _MAX_COLUMNS) - 1
        is_name = len(text) <= _MAX_REPEATED and len(text) * more <= _MAX_REPEATED_IN_ROW
        return [text] + [text if is_name else ""] * more


def _text(pieces: Iterable[Piece]) -> str:
    """Return the text of a cell; a table of one row in it is part of its text."""
    texts: list[str] = []
    for piece in pieces:
        if piece.aside:
            continue
        if len(piece.block.rows) == 1:
            texts.append(", ".join(filter(None, piece.block.rows[0])))
        elif piece.block.text:
            texts.append(piece.block.text.strip())
    return "\n".join(texts)


def _asides(row: _Row) -> Iterator[Piece]:
    """Yield what is not part of the cells' texts, and tables below the row that they belong to."""
    for piece in row.pieces:
        if len(piece.block.rows) > 1:
            label = ", ".join(dict.fromkeys(cell for cell in row.cells if cell))
            if label and len(label) <= _MAX_LABEL:
                yield Piece(Block("caption", " ".join(label.split()), row.page), aside=True)
        if piece.aside or len(piece.block.rows) > 1:
            yield piece._replace(aside=True)


def _is_list(rows: Sequence[_Row]) -> bool:
    """Return whether a table of one column lists short items."""
    return len(rows) >= _FEWEST_ITEMS and all(
        len(row.pieces) == 1
        and row.pieces[0].block.kind == "paragraph"
        and len(row.cells[0]) <= _MAX_ITEM
        and not row.cells[0].endswith(_ENDS)
        for row in rows
    )


def _has_bit(look: str | None) -> bool:
    """Return whether a table's look, written in hexadecimal, names its first row."""
    try:
        return bool(int(look or "0", 16) & 0x20)
    except ValueError:
        return False
