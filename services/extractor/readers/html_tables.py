"""Places the cells of HTML tables in rows and columns, with those that span several of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from services.extractor.document import Block, ReadOptions
from services.extractor.readers import grid

_MAX_SPAN = 1_000  # rows or columns, as browsers limit columns
_MAX_COLUMNS = 1_000
_MAX_REPEATED = 200  # characters of a cell that is repeated in each of its rows
_MAX_BLOCKS = 8  # of a cell that is data; a cell with more holds a part of the page
_MAX_ROWS = 20_000  # of a table that is held in memory until its end


@dataclass(slots=True)
class Cell:
    """A cell: its blocks, whether it names others, and how many rows and columns it spans."""

    blocks: list[Block] = field(default_factory=list)
    names: bool = False
    rows: int = 1
    columns: int = 1

    def text(self) -> str:
        """Return the texts of its blocks, one a line, without those that stand apart."""
        lines: list[str] = []
        for block in self.blocks:
            if block.marks:
                continue
            lines += [", ".join(filter(None, row)) for row in block.rows] or [block.text]
        return "\n".join(filter(None, lines))

    def has_structure(self) -> bool:
        """Return whether it has a heading, a table or a long text, as parts of a page have."""
        whole = any(block.kind in ("heading", "table") for block in self.blocks)
        return whole or len(self.blocks) > _MAX_BLOCKS


@dataclass(slots=True)
class Table:
    """Collects the rows of one table; `layout` tables only place blocks on the page."""

    layout: bool = False
    in_head: bool = False
    caption: str = ""
    _rows: list[list[Cell]] = field(default_factory=list)
    _heads: int = 0

    def begin_row(self) -> None:
        """Begin a row."""
        self._rows.append([])

    def begin_cell(self, cell: Cell) -> None:
        """Append a cell to the last row."""
        if not self._rows:
            self.begin_row()
        self._rows[-1].append(cell)

    def end_row(self) -> None:
        """Count the row as header if it is in the head of the table or has only names."""
        row = self._rows[-1] if self._rows else []
        above = self._heads == len(self._rows) - 1
        if row and above and (self.in_head or (len(row) > 1 and all(cell.names for cell in row))):
            self._heads += 1

    def is_full(self) -> bool:
        """Return whether the table has so many rows that it must be passed on."""
        return len(self._rows) >= _MAX_ROWS

    def blocks(self, options: ReadOptions) -> Iterator[Block]:
        """Yield the rows so far, or the blocks of their cells if it is layout; keep the header."""
        rows = [row for row in self._rows if row]
        heads = self._heads
        if self.layout or _is_layout(rows, heads):
            if self.caption:
                yield Block("caption", self.caption, None)
            yield from (block for row in rows for cell in row for block in cell.blocks)
        else:
            placed = list(_placed(rows, heads))
            header = grid.merged_header(placed[:heads])
            if any(header) and len(placed) > heads:
                yield from grid.tables(placed[heads:], header, options, caption=self.caption)
            else:
                yield from grid.parts(placed, caption=self.caption)
            cells = (cell for row in rows for cell in row)
            yield from (block for cell in cells for block in cell.blocks if block.marks)
        self._rows = rows[:heads]


def span(value: str | None) -> int:
    """Return the number in a `rowspan` or `colspan`, at least 1."""
    return min(int(value), _MAX_SPAN) or 1 if value and value.isascii() and value.isdigit() else 1


def _is_layout(rows: list[list[Cell]], heads: int) -> bool:
    """Return whether a table has one column only, or parts of a page in its cells."""
    if all(len(row) == 1 for row in rows):
        return True
    return heads == 0 and any(cell.has_structure() for row in rows for cell in row)


def _placed(rows: list[list[Cell]], heads: int) -> Iterator[grid.Row]:
    """Yield the texts of each row by column.

    A cell is repeated in all rows and columns that it spans, unless it is all that its row has.
    """
    open_cells: dict[int, tuple[int, str]] = {}
    for number, row in enumerate(rows):
        texts: list[str] = []
        waiting = iter(row)
        cell = next(waiting, None)
        while len(texts) < _MAX_COLUMNS and (cell or any(at >= len(texts) for at in open_cells)):
            if (held := open_cells.pop(len(texts), None)) is not None:
                left, text = held
                if left > 1:
                    open_cells[len(texts)] = (left - 1, text)
                texts.append(text)
                continue
            if cell is None:
                texts.append("")
                continue
            text = cell.text()
            repeated = text if len(text) <= _MAX_REPEATED else ""
            for at in range(min(cell.columns, _MAX_COLUMNS - len(texts))):
                shown = text if at == 0 else repeated if number < heads or len(row) > 1 else ""
                if cell.rows > 1:
                    open_cells[len(texts)] = (cell.rows - 1, repeated if shown else "")
                texts.append(shown)
            cell = next(waiting, None)
        while texts and not texts[-1]:
            texts.pop()
        yield tuple(texts)
