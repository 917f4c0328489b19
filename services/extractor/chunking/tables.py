"""Writes tables as Markdown, cut between rows; each part repeats the header."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.extractor.chunking.cuts import Boundaries, Cutter
from services.extractor.document import Tokenizer

Rows = Sequence[Sequence[str]]
# Numbers of the lines that are not rows of the table.
CAPTION, RULE = -1, -2


class TableLine(NamedTuple):
    """One line of a part: its text and the number of its row, `CAPTION` or `RULE`."""

    text: str
    row: int


@dataclass(frozen=True, slots=True)
class TablePart:
    """A part of a table as Markdown."""

    lines: tuple[TableLine, ...]
    tokens: int

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


def markdown_row(cells: Sequence[str]) -> str:
    """Return one row as Markdown, with bars in cells escaped."""
    return "| " + " | ".join(_cell(text) for text in cells) + " |"


def rule(columns: int) -> str:
    """Return the line under the header: one dash per column, since each dash costs a token."""
    return "|" + "-|" * columns


def table_chunks(
    rows: Rows, caption: str, tokenizer: Tokenizer, max_tokens: int
) -> Iterator[TablePart]:
    """Yield the parts of a table, each of at most `max_tokens`.

    Each part begins with caption and header, unless these would take more than half of it; a row
    that does not fit into one part is cut between cells.
    """
    head, lines = _split_header(rows, caption, tokenizer, max_tokens)
    head_cost = sum(_cost(line, tokenizer) for line in head)
    part, cost = list(head), head_cost
    for line in lines:
        line_cost = _cost(line, tokenizer)
        if cost + line_cost > max_tokens and len(part) > len(head):
            yield TablePart(tuple(part), cost)
            part, cost = list(head), head_cost
        if cost + line_cost > max_tokens:
            yield from _long_row(line, tokenizer, max_tokens)
        else:
            part.append(line)
            cost += line_cost
    if len(part) > len(head) or not lines:
        yield TablePart(tuple(part), cost)


def _split_header(
    rows: Rows, caption: str, tokenizer: Tokenizer, max_tokens: int
) -> tuple[list[TableLine], list[TableLine]]:
    """Return the lines that every part repeats, and the lines to distribute over the parts."""
    lines = [TableLine(markdown_row(row), number) for number, row in enumerate(rows)]
    head = [lines[0], TableLine(rule(len(rows[0])), RULE)]
    above = [TableLine(caption, CAPTION)] if caption else []
    for chosen, rest in (([*above, *head], lines[1:]), (head, [*above, *lines[1:]])):
        if sum(_cost(line, tokenizer) for line in chosen) <= max_tokens // 2:
            return chosen, rest
    return [], [*above, *lines]


def _cost(line: TableLine, tokenizer: Tokenizer) -> int:
    return len(tokenizer.spans(line.text))


def _long_row(line: TableLine, tokenizer: Tokenizer, max_tokens: int) -> Iterator[TablePart]:
    text = line.text
    cells = [at + 1 for at, letter in enumerate(text) if letter == "|" and 0 < at < len(text) - 1]
    cutter = Cutter(text, Boundaries((), cells, ()), tokenizer, max_tokens)
    for start, end, tokens in cutter.cuts():
        yield TablePart((TableLine(text[start:end].strip(), line.row),), tokens)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
