"""Finds what belongs to a table or picture on a page: its caption, and the lines above a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.extractor.chunking.sentences import KINDS, Part
from services.extractor.document import Block
from shared.text.chunk_sentences import Kind
from shared.text.sentences import sentence_ends

_MAX_LINES = 3  # above a table: title, subtitle and unit
_MAX_TITLE = 200  # characters: company, statement and unit of a report; a longer text is prose
_MAX_LEAD_IN = 400  # characters; a longer sentence says more than what the table shows
_MAX_GAP = 30.0  # points; two lines of white space part a title from the table below it
_SENTENCE_END = re.compile(r"[.;,!?。]$|[a-z]{2}[.;!?] [A-Z]")
_LEAD_IN = re.compile(
    r"[:：]$|\((?:[^()]{0,80}[$€£¥]|(?:dollars|amounts|figures) |in )[^()]{0,80}\)$"
)
_MARKED = re.compile(r"\W{0,3}(?:\(?\w{1,3}[.)]|[•●○▪■◦‣*†‡])\s")


@dataclass(frozen=True, slots=True)
class Attached:
    """The lines of a page's tables and pictures: `above` by the index of their block.

    `taken` has the offset in each block from which on its text is one of these lines.
    """

    above: Mapping[int, Sequence[Part]] = field(default_factory=dict)
    taken: Mapping[int, int] = field(default_factory=dict)


def attached_lines(blocks: Sequence[Block]) -> Attached:
    """Return the captions, titles, units and lead-ins of the tables and pictures of a page."""
    above: dict[int, Sequence[Part]] = {}
    taken: dict[int, int] = {}
    for at, block in enumerate(blocks):
        if block.rows or block.image:
            found = list(_lines_above(blocks, at, taken) if block.rows else ())[::-1]
            caption = caption_of(blocks, at)
            if caption is not None and caption not in (*taken, *(index for index, _, _ in found)):
                found.insert(0, (caption, 0, "caption"))
            taken |= {index: start for index, start, _ in found}
            above[at] = [_part(blocks[index], start, kind) for index, start, kind in found]
    return Attached(above, taken)


def caption_of(blocks: Sequence[Block], at: int) -> int | None:
    """Return the index of the caption beside a block: above a table or below a picture first."""
    order = (at - 1, at + 1) if blocks[at].rows else (at + 1, at - 1)
    for beside in order:
        if 0 <= beside < len(blocks) and blocks[beside].kind == "caption":
            return beside
    return None


def without_lines(block: Block, start: int | None) -> Block | None:
    """Return the text of a block before `start`; None if nothing is left of it."""
    if start is None:
        return block
    text = block.text[:start].rstrip()
    if not text:
        return None
    ends = [(min(end, len(text)), box) for end, box in block.line_ends]
    lines = [at for at, (end, _) in enumerate(ends) if end == len(text)]
    kept = tuple(ends[: lines[0] + 1]) if lines else tuple(ends)
    marks = tuple(mark for mark in block.marks if mark.start < len(text))
    return replace(block, text=text, line_ends=kept, marks=marks)


def lead_in_of(block: Block) -> list[Part]:
    """Return the last sentence of a paragraph if it introduces the table that follows it."""
    start = _lead_in_start(block.text) if block.kind == "paragraph" else None
    return [] if start is None else [_part(block, start, KINDS[block.kind])]


def _lines_above(
    blocks: Sequence[Block], table: int, taken: Mapping[int, int]
) -> Iterator[tuple[int, int, Kind]]:
    """Yield index, start and kind of the title, the unit and the lead-in of a table, upwards."""
    below = blocks[table]
    for at in range(table - 1, max(-1, table - 1 - _MAX_LINES), -1):
        block = blocks[at]
        text = block.text.strip()
        if block.kind not in ("paragraph", "caption") or at in taken:
            return
        if block.kind == "caption":
            yield at, 0, "caption"
            below = block
            continue
        if not _is_close(block, below, blocks[table]):
            return
        start = _lead_in_start(block.text)
        if start is not None:
            yield at, start, KINDS[block.kind]
            if start:
                return
        elif len(text) <= _MAX_TITLE and not _SENTENCE_END.search(text) and _may_name(text):
            yield at, 0, "caption"
        else:
            return
        below = block


def _may_name(text: str) -> bool:
    """Return whether a line may be a title: it has words, and is no item or note."""
    return any(map(str.isalpha, text)) and _MARKED.match(text) is None


def _lead_in_start(text: str) -> int | None:
    """Return where the last sentence begins if it introduces a table; None if it does not."""
    bare = text.rstrip()
    if not _LEAD_IN.search(bare[-2 * 82 :]):
        return None
    start = max((end for end in sentence_ends(bare) if end < len(bare)), default=0)
    start += len(text[start:]) - len(text[start:].lstrip())
    return start if len(bare) - start <= _MAX_LEAD_IN else None


def _is_close(above: Block, below: Block, table: Block) -> bool:
    """Return whether a block stands directly above another one and over the table."""
    if above.box is None or below.box is None or table.box is None:
        return True
    gap = below.box[1] - above.box[3]
    beside = min(above.box[2], table.box[2]) < max(above.box[0], table.box[0])
    return not beside and -above.box[3] + above.box[1] < gap <= _MAX_GAP


def _part(block: Block, start: int, kind: Kind) -> Part:
    return Part(" ".join(block.text[start:].split()), kind, block, start)
