"""Turns a page layout into blocks: paragraphs, headings, captions and unruled tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from services.extractor.document import Block, BlockKind, Mark
from services.extractor.layout import text_tables
from services.extractor.layout.headings import Headings
from services.extractor.layout.lines import Line, Row, bounds, rows_of
from services.extractor.layout.page_layout import PageLayout
from services.extractor.layout.paragraphs import Paragraph, joined, paragraphs
from services.extractor.layout.reading_order import reading_order

_CAPTION = re.compile(
    r"(?:table|tab\.|figure|fig\.|chart|exhibit|scheme|tabelle|abbildung|abb\.|tableau|tabla|cuadro"
    r"|figura|tabella)\s*[A-Z]?\d+(?:[.\-\u2013]\d+)*\s*(?:[:.|\u2013—-]|$)",
    re.IGNORECASE,
)
_MAX_CAPTION = 700  # characters; a longer paragraph begins with a reference to a figure


def blocks_of(layout: PageLayout, headings: Headings, *, tables: bool = True) -> list[Block]:
    """Return the blocks of a page in reading order; text in another direction comes last."""
    blocks: list[Block] = []
    for flow in reading_order(layout.lines):
        for rows in _between_embedded(rows_of(flow)):
            if isinstance(rows, Block):
                blocks.append(_displayed(layout, rows))
            else:
                blocks.extend(_flow_blocks(layout, rows, headings, tables))
    return blocks + _rotated_blocks(layout)


def _displayed(layout: PageLayout, embedded_block: Block) -> Block:
    box = layout.displayed(embedded_block.box) if embedded_block.box else None
    row_boxes = tuple(map(layout.displayed, embedded_block.row_boxes))
    return replace(embedded_block, box=box, row_boxes=row_boxes)


def _between_embedded(rows: Iterable[Row]) -> Iterator[list[Row] | Block]:
    held: list[Row] = []
    for row in rows:
        if row.embedded_block is None:
            held.append(row)
            continue
        if held:
            yield held
            held = []
        yield row.embedded_block
    if held:
        yield held


def _flow_blocks(
    layout: PageLayout, rows: list[Row], headings: Headings, tables: bool
) -> Iterator[Block]:
    for stretch, cells in text_tables.split_tables(rows) if tables else [(rows, ())]:
        if cells:
            box = bounds(line for row in stretch for line in row.lines)
            row_boxes = tuple(layout.displayed(row.box) for row in stretch)
            whole = layout.displayed(box)
            yield Block(
                "table",
                "",
                layout.number,
                whole,
                rows=cells,
                row_boxes=row_boxes,
                row_marks=tuple(_row_marks(stretch)),
            )
        else:
            for paragraph in paragraphs(stretch):
                yield _text_block(layout, paragraph, headings)


def _row_marks(rows: Iterable[Row]) -> Iterator[Mark]:
    """Yield the marks of table rows, with the numbers of the rows as offsets."""
    for number, row in enumerate(rows):
        for line in row.lines:
            yield from (mark._replace(start=number, end=number + 1) for mark in line.marks)


def _text_block(layout: PageLayout, paragraph: Paragraph, headings: Headings) -> Block:
    level = headings.level(paragraph, layout.number)
    ends = tuple((end, layout.displayed(box)) for end, box in paragraph.line_ends)
    box = bounds(line for row in paragraph.rows for line in row.lines)
    return Block(
        kind=_kind(paragraph, level),
        text=paragraph.text,
        page=layout.number,
        box=layout.displayed(box),
        level=level,
        line_ends=ends,
        marks=paragraph.marks,
    )


def _kind(paragraph: Paragraph, level: int) -> BlockKind:
    if _CAPTION.match(paragraph.text) and len(paragraph.text) <= _MAX_CAPTION:
        return "caption"
    if level:
        return "heading"
    return "list" if paragraph.is_item else "paragraph"


def _rotated_blocks(layout: PageLayout) -> list[Block]:
    if not layout.rotated_lines:
        return []
    ordered: Sequence[Line] = sorted(layout.rotated_lines, key=lambda line: line.order)
    text = joined(line.text.strip() for line in ordered)
    return [Block("paragraph", text, layout.number, layout.displayed(bounds(ordered)))]
