"""A sheet to blocks: reading order, tables without rules, paragraphs, headings, captions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from services.extractor.document import Block, BlockKind
from services.extractor.layout import text_tables
from services.extractor.layout.columns import flows
from services.extractor.layout.headings import Headings
from services.extractor.layout.lines import Line, Row, bounds, rows_of
from services.extractor.layout.page_layout import Sheet
from services.extractor.layout.paragraphs import Paragraph, joined, paragraphs

_CAPTION = re.compile(
    r"(?:table|tab\.|figure|fig\.|chart|exhibit|scheme|tabelle|abbildung|abb\.|tableau|tabla|cuadro"
    r"|figura|tabella)\s*[A-Z]?\d+(?:[.\-\u2013]\d+)*\s*(?:[:.|\u2013—-]|$)",
    re.IGNORECASE,
)
_LONGEST_CAPTION = 700


def blocks_of(sheet: Sheet, headings: Headings, *, tables: bool = True) -> list[Block]:
    """The blocks of a page in reading order; text that runs in another direction comes last."""
    blocks: list[Block] = []
    for flow in flows(sheet.lines):
        for rows in _between_specials(rows_of(flow)):
            if isinstance(rows, Block):
                blocks.append(replace(rows, box=_displayed(sheet, rows)))
            else:
                blocks.extend(_flow_blocks(sheet, rows, headings, tables))
    return blocks + _aside_blocks(sheet)


def _displayed(sheet: Sheet, special: Block) -> tuple[float, float, float, float] | None:
    return sheet.displayed(special.box) if special.box else None


def _between_specials(rows: Iterable[Row]) -> Iterator[list[Row] | Block]:
    held: list[Row] = []
    for row in rows:
        if row.special is None:
            held.append(row)
            continue
        if held:
            yield held
            held = []
        yield row.special
    if held:
        yield held


def _flow_blocks(
    sheet: Sheet, rows: list[Row], headings: Headings, tables: bool
) -> Iterator[Block]:
    for stretch, cells in text_tables.parts(rows) if tables else [(rows, ())]:
        if cells:
            box = bounds(line for row in stretch for line in row.lines)
            yield Block("table", "", sheet.number, sheet.displayed(box), rows=cells)
        else:
            for paragraph in paragraphs(stretch):
                yield _text_block(sheet, paragraph, headings)


def _text_block(sheet: Sheet, paragraph: Paragraph, headings: Headings) -> Block:
    level = headings.level(paragraph, sheet.number)
    ends = tuple((end, sheet.displayed(box)) for end, box in paragraph.line_ends)
    box = bounds(line for row in paragraph.rows for line in row.lines)
    return Block(
        kind=_kind(paragraph, level),
        text=paragraph.text,
        page=sheet.number,
        box=sheet.displayed(box),
        level=level,
        line_ends=ends,
    )


def _kind(paragraph: Paragraph, level: int) -> BlockKind:
    if _CAPTION.match(paragraph.text) and len(paragraph.text) <= _LONGEST_CAPTION:
        return "caption"
    if level:
        return "heading"
    return "list" if paragraph.is_item else "paragraph"


def _aside_blocks(sheet: Sheet) -> list[Block]:
    if not sheet.asides:
        return []
    ordered: Sequence[Line] = sorted(sheet.asides, key=lambda line: line.order)
    text = joined(line.text.strip() for line in ordered)
    return [Block("paragraph", text, sheet.number, sheet.displayed(bounds(ordered)))]
