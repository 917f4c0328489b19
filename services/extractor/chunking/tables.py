"""Writes tables as Markdown, cut between rows; each part repeats the header."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.extractor.chunking.cuts import Boundaries, Cutter
from services.extractor.document import Tokenizer

Rows = Sequence[Sequence[str]]


def markdown_row(cells: Sequence[str]) -> str:
    """Return one row as Markdown, with bars in cells escaped."""
    return "| " + " | ".join(_cell(text) for text in cells) + " |"


def rule(columns: int) -> str:
    """Return the line under the header: one dash per column, since each dash costs a token."""
    return "|" + "-|" * columns


def table_chunks(
    rows: Rows, caption: str, tokenizer: Tokenizer, max_tokens: int
) -> Iterator[tuple[str, int]]:
    """Yield (Markdown, tokens) of each part of a table, each of at most `max_tokens`.

    Each part begins with caption and header, unless these would take more than half of it; a row
    that does not fit into one part is cut between cells.
    """
    head, lines = _split_header(rows, caption, tokenizer, max_tokens)
    head_cost = sum(_cost(line, tokenizer) for line in head)
    part, cost = list(head), head_cost
    for line in lines:
        line_cost = _cost(line, tokenizer)
        if cost + line_cost > max_tokens and len(part) > len(head):
            yield "\n".join(part), cost
            part, cost = list(head), head_cost
        if cost + line_cost > max_tokens:
            yield from _long_row(line, tokenizer, max_tokens)
        else:
            part.append(line)
            cost += line_cost
    if len(part) > len(head) or not lines:
        yield "\n".join(part), cost


def _split_header(
    rows: Rows, caption: str, tokenizer: Tokenizer, max_tokens: int
) -> tuple[list[str], list[str]]:
    """Return the lines that every part repeats, and the lines to distribute over the parts."""
    lines = [markdown_row(row) for row in rows]
    head = [lines[0], rule(len(rows[0]))]
    above = [caption] if caption else []
    for chosen, rest in (([*above, *head], lines[1:]), (head, [*above, *lines[1:]])):
        if sum(_cost(line, tokenizer) for line in chosen) <= max_tokens // 2:
            return chosen, rest
    return [], [*above, *lines]


def _cost(line: str, tokenizer: Tokenizer) -> int:
    return len(tokenizer.spans(line))


def _long_row(line: str, tokenizer: Tokenizer, max_tokens: int) -> Iterator[tuple[str, int]]:
    cells = [at + 1 for at, letter in enumerate(line) if letter == "|" and 0 < at < len(line) - 1]
    cutter = Cutter(line, Boundaries((), cells, ()), tokenizer, max_tokens)
    for start, end, tokens in cutter.cuts():
        yield line[start:end].strip(), tokens


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
