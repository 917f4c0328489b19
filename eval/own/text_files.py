"""Writes generated documents as Markdown and as plain text. No I/O."""

from __future__ import annotations

from collections.abc import Sequence

from eval.own.blocks import Block, Grid, Heading, Items, Lines, Paragraph, Question, Terms


def markdown(blocks: Sequence[Block]) -> str:
    """Return the blocks as Markdown."""
    return "\n\n".join(map(_markdown, blocks)) + "\n"


def plain(blocks: Sequence[Block]) -> str:
    """Return the blocks as plain text; cells of a table are parted by tabs."""
    return "\n\n".join(map(_plain, blocks)) + "\n"


def unmarked(text: str) -> str:
    """Return a text without its marks of bold type, which only Markdown has."""
    return text.replace("**", "")


def numbered(items: Items) -> tuple[str, ...]:
    """Return the texts of a list behind their numbers or bullets."""
    marks = (f"{n}." if items.ordered else "-" for n in range(1, len(items.texts) + 1))
    return tuple(f"{mark} {text}" for mark, text in zip(marks, items.texts, strict=True))


def _markdown(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {text}"
        case Grid(rows):
            header, *rest = rows
            ruled = [header, ["---"] * len(header), *rest]
            return "\n".join(f"| {' | '.join(row)} |" for row in ruled)
        case Terms(pairs):
            return "\n\n".join(f"{term}\n: {text}" for term, text in pairs)
        case Question(question, answer):
            return f"**{question}**\n\n{answer}"
    return _plain(block)


def _plain(block: Block) -> str:
    match block:
        case Heading(text, _) | Paragraph(text):
            return text
        case Lines(lines):
            return "\n".join(lines)
        case Items():
            return "\n".join(numbered(block))
        case Grid(rows):
            return "\n".join("\t".join(row) for row in rows)
        case Terms(pairs):
            return "\n\n".join(f"{term}\n    {text}" for term, text in pairs)
        case Question(question, answer):
            return f"Q: {question}\nA: {answer}"
