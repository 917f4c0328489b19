"""Parts the rows of a sheet into tables at blank rows, each with its title and its header."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, pairwise

from services.extractor.document import Block, Mark, ReadOptions
from services.extractor.readers import grid
from services.extractor.readers.xlsx_cells import Row

_SAMPLE = 200  # rows by which the columns of a table and its header are found
_MAX_TITLE = 120  # characters
_MAX_TITLES = 5  # rows above a table with one cell each


def regions(rows: Iterable[Row], options: ReadOptions) -> Iterator[Block]:
    """Yield the tables and texts of a sheet in order; lines right above a table are its caption."""
    above: list[Block] = []
    for block in _blocks(rows, options):
        if _is_title(block) and len(above) < _MAX_TITLES:
            above.append(block)
            continue
        if block.kind == "table" and above:
            yield Block("caption", "\n".join(title.text for title in above), None)
        else:
            yield from above
        above = []
        yield block
    yield from above


def _is_title(block: Block) -> bool:
    return (
        block.kind == "paragraph"
        and not block.marks
        and len(block.text) <= _MAX_TITLE
        and not block.text.endswith((".", "!", "?"))
    )


def _blocks(rows: Iterable[Row], options: ReadOptions) -> Iterator[Block]:
    held: list[Row] = []
    rest = iter(rows)
    for row in rest:
        if held and row.number > held[-1].number + 1:
            yield from _whole(held, options)
            held = []
        held.append(row)
        if len(held) == _SAMPLE:
            more = _Connected(rest, row.number)
            yield from _region(held, more, options)
            held = [more.next_row] if more.next_row else []
    if held:
        yield from _whole(held, options)


def _whole(rows: list[Row], options: ReadOptions) -> Iterator[Block]:
    """Yield the tables in rows without a blank one between them, also those side by side."""
    groups = _beside(rows)
    if len(groups) == 1:
        yield from _region(rows, iter(()), options)
        return
    for group in groups:
        yield from _blocks(group, options)


def _beside(rows: list[Row]) -> list[list[Row]]:
    """Return the rows of each of several tables that a blank column parts, or all rows.

    A blank column also separates labels from values, so each part must have names of columns.
    """
    columns = sorted({column for row in rows for column in row.cells})
    starts = [after for before, after in pairwise(columns) if after > before + 1]
    if not starts:
        return [rows]
    groups = []
    for left, right in pairwise([0, *starts, columns[-1] + 1]):
        part = [_within(row, left, right) for row in rows]
        groups.append([row for row in part if row.cells])
    return groups if all(map(_is_table, groups)) else [rows]


def _within(row: Row, left: int, right: int) -> Row:
    cells = {column: text for column, text in row.cells.items() if left <= column < right}
    return replace(row, cells=cells)


def _is_table(rows: list[Row]) -> bool:
    columns = sorted({column for row in rows for column in row.cells})
    cells = [_Columns(columns).cells(row) for row in rows[:_SAMPLE]]
    return len(columns) > 1 and grid.names_columns(cells)


class _Connected(Iterator[Row]):
    """Gives the rows up to the next blank row; `next_row` is the one after that."""

    def __init__(self, rows: Iterator[Row], last: int) -> None:
        self._rows = rows
        self._last = last
        self.next_row: Row | None = None

    def __next__(self) -> Row:
        if self.next_row is not None:
            raise StopIteration
        row = next(self._rows)
        if row.number > self._last + 1:
            self.next_row = row
            raise StopIteration
        self._last = row.number
        return row


def _region(sample: list[Row], more: Iterator[Row], options: ReadOptions) -> Iterator[Block]:
    titles = _titles(sample)
    body = sample[titles:]
    caption = "\n".join(_only(row) for row in sample[:titles])
    if not body or (len(body) == 1 and len(body[0].cells) == 1):
        for row in chain(sample, more):
            yield from _text(row)
        return
    columns = sorted({column for row in body for column in row.cells})
    if len(columns) == 1:
        for row in chain(sample, more):
            yield from _text(row)
        return
    table = _Columns(columns)
    first = [table.cells(row) for row in body]
    heads = _heads(body, first)
    hidden: dict[int, tuple[Mark, ...]] = {
        at: _HIDDEN for at, row in enumerate(body[heads:]) if row.hidden
    }
    below = chain(first[heads:], table.rest(more, hidden, len(body) - heads))
    if heads:
        header = grid.merged_header(first[:heads])
        yield from grid.tables(below, header, options, caption=caption, marks=hidden)
    else:
        yield from grid.parts(below, caption=caption, marks=hidden)


_HIDDEN = (Mark(0, 1, hidden=True),)


class _Columns:
    """Places cells in the columns of a table; columns that come later are appended."""

    def __init__(self, columns: list[int]) -> None:
        self._places = {column: at for at, column in enumerate(columns)}

    def cells(self, row: Row) -> grid.Row:
        """Return the cells of a row in the order of the columns."""
        for column in row.cells:
            self._places.setdefault(column, len(self._places))
        texts = [""] * len(self._places)
        for column, text in row.cells.items():
            texts[self._places[column]] = text
        return tuple(texts)

    def rest(
        self, rows: Iterable[Row], hidden: dict[int, tuple[Mark, ...]], first: int
    ) -> Iterator[grid.Row]:
        """Yield further rows, and note the marks of hidden ones by their number."""
        for number, row in enumerate(rows, first):
            if row.hidden:
                hidden[number] = _HIDDEN
            yield self.cells(row)


def _titles(rows: list[Row]) -> int:
    """Return the number of rows above the table that have one cell only."""
    for at, row in enumerate(rows[: _MAX_TITLES + 1]):
        if len(set(row.cells.values())) > 1:
            return at
    return 0


def _heads(rows: list[Row], cells: list[grid.Row]) -> int:
    """Return the number of rows that name the columns; the rows that stay on top do."""
    frozen = sum(row.frozen for row in rows)
    if 0 < frozen <= _MAX_TITLES and frozen < len(rows):
        return frozen
    return grid.header_rows(cells) if grid.names_columns(cells) else 0


def _only(row: Row) -> str:
    return " ".join(next(iter(row.cells.values())).split())


def _text(row: Row) -> Iterator[Block]:
    text = " ".join(" ".join(dict.fromkeys(row.cells.values())).split())
    marks = (Mark(0, len(text), hidden=True),) if row.hidden else ()
    yield Block("paragraph", text, None, marks=marks)
