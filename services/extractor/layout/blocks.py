"""Turns a page layout into blocks: paragraphs, headings, captions and unruled tables."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from services.extractor.document import Block, BlockKind, Mark
from services.extractor.layout import text_tables
from services.extractor.layout.columns import as_drawn
from services.extractor.layout.continuations import Item, is_open, rejoined
from services.extractor.layout.headings import Headings, without_lists
from services.extractor.layout.joining import Words, joined
from services.extractor.layout.leader_lists import split_leader_lists
from services.extractor.layout.lines import Row, bounds, rows_of
from services.extractor.layout.page_layout import PageLayout
from services.extractor.layout.paragraphs import Paragraph, paragraphs
from services.extractor.layout.reading_order import reading_order

_MIN_RUNNING_WORDS = 5  # spaces in a paragraph; fewer are a label or another title
# A footnote begins with its mark; at the top of a letter it may be set apart by a space.
_NOTE = re.compile(r"\W{0,2}(?:\d{1,3}|[*†‡§¶#])\s{0,3}\w?")
_NOTE_SIZE = 0.94  # of the body's font size; a footnote is set at least a tenth smaller


def blocks_of(
    layout: PageLayout, headings: Headings, words: Words | None = None, *, tables: bool = True
) -> list[Block]:
    """Return the blocks of a page in reading order; text in another direction comes last.

    `words` are those of the document. Running lines of the margins are asides, as are footnotes
    below a sentence that the page's end interrupts.
    """
    known = words or Words()
    items: list[Item] = []
    for flow in reading_order([line for line in layout.lines if not line.aside]):
        for rows in _between_embedded(rows_of(flow)):
            if isinstance(rows, Block):
                items.append(_displayed(layout, rows))
            else:
                items.extend(_flow_items(layout, rows, known, tables))
    items = rejoined(items, known)
    notes = _notes_below_open_sentence(items, headings.body_size)
    levels = _levels(layout, items, headings, notes)
    blocks = [
        item
        if isinstance(item, Block)
        else _text_block(layout, item, levels[at], aside=at in notes)
        for at, item in enumerate(items)
    ]
    top, bottom = _margin_blocks(layout, known)
    return [*top, *blocks, *_rotated_blocks(layout, known), *bottom]


def _levels(
    layout: PageLayout, items: Sequence[Item], headings: Headings, notes: Collection[int]
) -> list[int]:
    """Return the level of each item that is a heading, 0 for others."""
    levels = [
        0
        if isinstance(item, Block) or at in notes or _is_mostly_hidden(item)
        else headings.level(item, layout.number, followed=_is_followed(items, at))
        for at, item in enumerate(items)
    ]
    return without_lists(levels, [isinstance(item, Paragraph) for item in items])


def _is_mostly_hidden(paragraph: Paragraph) -> bool:
    """Return whether half of a text is not seen: such a title names no section."""
    hidden = sum(mark.end - mark.start for mark in paragraph.marks if mark.hidden)
    return 2 * hidden >= len(paragraph.text)


def _is_followed(items: Sequence[Item], at: int) -> bool:
    """Return whether running text follows an item, as below a heading."""
    below = items[at + 1] if at + 1 < len(items) else None
    return isinstance(below, Paragraph) and below.text.count(" ") >= _MIN_RUNNING_WORDS


def _notes_below_open_sentence(items: Sequence[Item], body_size: float) -> set[int]:
    """Return the indexes of small print below the page's last text, if that is unfinished."""
    small = _NOTE_SIZE * body_size
    last = max(
        (at for at, item in enumerate(items) if _is_body(item, small)),
        default=len(items),
    )
    if last == len(items):
        return set()
    item, below = items[last], items[last + 1 :]
    if not isinstance(item, Paragraph) or not is_open(item):
        return set()
    bottom = item.rows[-1].box[3]
    first = next((each for each in below if isinstance(each, Paragraph)), None)
    if first is None or not _NOTE.match(first.text) or first.rows[0].box[1] < bottom:
        return set()
    return set(range(last + 1, len(items)))


def _is_body(item: Item, small: float) -> bool:
    if isinstance(item, Block):
        return item.kind == "table"
    return not item.is_caption and item.rows[0].size > small


def _margin_blocks(layout: PageLayout, words: Words) -> tuple[list[Block], list[Block]]:
    """Return the running lines at the top and at the bottom of a page."""
    top: list[Block] = []
    bottom: list[Block] = []
    for row in rows_of(line for line in layout.lines if line.aside):
        (paragraph,) = paragraphs([row], words)
        block = _text_block(layout, paragraph, aside=True)
        (top if 2 * row.box[1] < layout.height else bottom).append(block)
    return top, bottom


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


def _flow_items(layout: PageLayout, rows: list[Row], words: Words, tables: bool) -> Iterator[Item]:
    if not tables:
        yield from _text_items(rows, words)
        return
    for part, entries in split_leader_lists(rows, words):
        if entries:
            yield _table(layout, [row for row, _ in entries], [cells for _, cells in entries], 0)
            continue
        for stretch, cells in text_tables.split_tables(part):
            if cells:
                yield _table(layout, stretch, cells)
            else:
                yield from _text_items(stretch, words)


def _text_items(rows: list[Row], words: Words) -> Iterator[Item]:
    for group in as_drawn(rows):
        yield from paragraphs(group, words)


def _table(
    layout: PageLayout,
    rows: Sequence[Row],
    cells: Sequence[tuple[str, ...]],
    header: int | None = None,
) -> Block:
    return Block(
        "table",
        "",
        layout.number,
        layout.displayed(bounds(line for row in rows for line in row.lines)),
        rows=tuple(cells),
        row_boxes=tuple(layout.displayed(row.box) for row in rows),
        row_marks=tuple(_row_marks(rows)),
        header=header,
    )


def _row_marks(rows: Iterable[Row]) -> Iterator[Mark]:
    """Yield the marks of table rows, with the numbers of the rows as offsets."""
    for number, row in enumerate(rows):
        for line in row.lines:
            yield from (mark._replace(start=number, end=number + 1) for mark in line.marks)


def _text_block(
    layout: PageLayout,
    paragraph: Paragraph,
    level: int = 0,
    *,
    aside: bool,
) -> Block:
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
        aside=aside,
    )


def _kind(paragraph: Paragraph, level: int) -> BlockKind:
    if paragraph.is_caption:
        return "caption"
    if level:
        return "heading"
    return "list" if paragraph.is_item else "paragraph"


def _rotated_blocks(layout: PageLayout, words: Words) -> Iterator[Block]:
    ordered = sorted(layout.rotated_lines, key=lambda line: line.order)
    for _, group in groupby(ordered, key=lambda line: line.block):
        lines = list(group)
        text = joined((line.text.strip() for line in lines), words)
        box = layout.displayed(bounds(lines))
        yield Block("paragraph", text, layout.number, box, aside=True)
