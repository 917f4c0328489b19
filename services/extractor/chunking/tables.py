"""Writes tables as Markdown, cut between rows; each part repeats the lines above the first row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from services.extractor.chunking.cuts import Boundaries, Cutter
from services.extractor.chunking.sentences import Part
from services.extractor.document import Block, Tokenizer
from shared.text.chunk_sentences import Kind
from shared.text.sentences import sentence_ends

# Share of a part that its repeated lines may take; the rest has room for a row or two.
_MAX_HEAD_SHARE = 0.7
_LONG_CAPTION = 40  # tokens; a longer one explains the table beyond its title


@dataclass(frozen=True, slots=True)
class TablePart:
    """A part of a table: its lines in order, with the number of their tokens."""

    lines: tuple[Part, ...]
    tokens: int

    @property
    def text(self) -> str:
        """Return the part as Markdown."""
        return "\n".join(line.text for line in self.lines)


def markdown_row(cells: Sequence[str]) -> str:
    """Return one row as Markdown, with bars in cells escaped."""
    return "| " + " | ".join(_cell(text) for text in cells) + " |"


def rule(columns: int) -> str:
    """Return the line under the header: one dash per column, since each dash costs a token."""
    return "|" + "-|" * columns


def table_chunks(
    table: Block, kinds: Sequence[Kind], lead: Sequence[Part], tokenizer: Tokenizer, max_tokens: int
) -> Iterator[TablePart]:
    """Yield the parts of a table, each of at most `max_tokens`.

    Each part begins with the lead (title, unit), the captions and all header rows, unless these
    would take more than 70 % of it; a row that does not fit into one part is cut between cells.
    """
    head, lines = _split_head(table, kinds, lead, tokenizer, max_tokens)
    head_cost = _cost(head, tokenizer)
    part, cost = list(head), head_cost
    for line in lines:
        line_cost = _cost([line], tokenizer)
        if cost + line_cost > max_tokens and len(part) > len(head):
            yield TablePart(tuple(part), cost)
            head = _without_comments(head, tokenizer)
            head_cost = _cost(head, tokenizer)
            part, cost = list(head), head_cost
        if cost + line_cost > max_tokens:
            yield from _long_row(line, tokenizer, max_tokens)
        else:
            part.append(line)
            cost += line_cost
    if len(part) > len(head) or not lines:
        yield TablePart(tuple(part), cost)


def _split_head(
    table: Block, kinds: Sequence[Kind], lead: Sequence[Part], tokenizer: Tokenizer, max_tokens: int
) -> tuple[list[Part], list[Part]]:
    """Return the lines that every part repeats, and the lines to distribute over the parts."""
    lines = [_line(table, number, kind) for number, kind in enumerate(kinds)]
    body = next((at for at, kind in enumerate(kinds) if kind == "table_row"), len(kinds))
    above, rows = lines[:body], lines[body:]
    titles = [*lead, *(line for line in above if line.kind == "caption")]
    names = [line for line in above if line.kind != "caption"]
    if names:
        names.append(Part(rule(len(table.rows[0])), None, table))
    for chosen, rest in (
        ([*titles, *names], rows),
        (names, [*titles, *rows]),
        (titles, [*names, *rows]),
    ):
        if chosen and _cost(chosen, tokenizer) <= _MAX_HEAD_SHARE * max_tokens:
            return chosen, rest
    return [], [*titles, *names, *rows]


def _without_comments(head: Sequence[Part], tokenizer: Tokenizer) -> list[Part]:
    """Return the lines with the first sentence of long captions, which later parts repeat."""
    return [
        replace(line, text=line.text[: _first_end(line.text)].rstrip())
        if line.kind == "caption" and _cost([line], tokenizer) > _LONG_CAPTION
        else line
        for line in head
    ]


def _first_end(text: str) -> int:
    return next(iter(sentence_ends(text)), len(text))


def _line(table: Block, number: int, kind: Kind) -> Part:
    """Return a row as a line; a title is printed without bars."""
    row = table.rows[number]
    text = markdown_row(row)
    if kind == "caption":
        text = next(_cell(cell) for cell in row if cell)
    return Part(text, kind, table, row=number)


def _cost(lines: Sequence[Part], tokenizer: Tokenizer) -> int:
    return sum(len(tokenizer.spans(line.text)) for line in lines)


def _long_row(line: Part, tokenizer: Tokenizer, max_tokens: int) -> Iterator[TablePart]:
    text = line.text
    cells = [at + 1 for at, letter in enumerate(text) if letter == "|" and 0 < at < len(text) - 1]
    cutter = Cutter(text, Boundaries((), cells, ()), tokenizer, max_tokens)
    for start, end, tokens in cutter.cuts():
        part = replace(line, text=text[start:end].strip(), start=line.start + start)
        yield TablePart((part,), tokens)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
