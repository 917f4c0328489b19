"""Reads the Markdown of the hand-written texts into blocks. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eval.own.blocks import Block, Grid, Heading, Items, Paragraph

_HEADING = re.compile(r"(#{1,3}) (.+)")
_BULLET, _NUMBER = "- ", re.compile(r"\d{1,2}\. ")
_RULE = re.compile(r"[-| ]+")


def blocks_of(source: str) -> Iterator[Block]:
    """Yield the blocks that blank lines part: headings, lists, tables and paragraphs."""
    for part in source.strip().split("\n\n"):
        yield _block(part.strip())


def _block(part: str) -> Block:
    lines = part.split("\n")
    if heading := _HEADING.fullmatch(part):
        return Heading(heading[2], len(heading[1]))
    if part.startswith("|"):
        rows = (line for line in lines if not _RULE.fullmatch(line))
        return Grid(tuple(tuple(map(str.strip, row.strip("|").split("|"))) for row in rows))
    if part.startswith(_BULLET):
        return Items(tuple(line.removeprefix(_BULLET) for line in lines))
    if _NUMBER.match(part):
        return Items(tuple(_NUMBER.sub("", line, count=1) for line in lines), ordered=True)
    return Paragraph(" ".join(lines))
