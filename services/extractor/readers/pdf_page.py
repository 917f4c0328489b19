"""Turns a PDF page into a layout of text lines and ruled tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Any

import pymupdf

from services.extractor.document import Block, Box, Mark
from services.extractor.layout.affixes import affix_groups, join_columns
from services.extractor.layout.cell_words import Word
from services.extractor.layout.columns import are_side_by_side
from services.extractor.layout.false_tables import is_no_table
from services.extractor.layout.legibility import is_garbled_line
from services.extractor.layout.line_numbers import without_line_numbers
from services.extractor.layout.lines import Line, Row, typical_size
from services.extractor.layout.name_groups import Span
from services.extractor.layout.page_layout import PageLayout, is_skewed, quarters_of, turn
from services.extractor.layout.ruled_grids import Grid, grids, widen
from services.extractor.layout.ruled_tables import Filled, fill
from services.extractor.layout.script import (
    false_spaces,
    missing_spaces,
    reads_leftward,
    spelled_order,
    strayed_marks,
)
from services.extractor.layout.table_heads import head_above, title_within
from services.extractor.layout.text_cells import MAX_NAME_ROWS, name_columns, split_numbers
from services.extractor.readers.clean import clean, with_bullet
from services.extractor.readers.pdf_fields import mark_check_boxes
from services.extractor.readers.pdf_marks import (
    HiddenText,
    Suspect,
    covered,
    mark_struck,
    strike_annotations,
    suspects,
)

_FLAGS = (
    pymupdf.TEXT_PRESERVE_LIGATURES
    | pymupdf.TEXT_PRESERVE_WHITESPACE
    | pymupdf.TEXT_MEDIABOX_CLIP
    | pymupdf.TEXT_CID_FOR_UNKNOWN_UNICODE
)
_TILTED_SHARE = 0.9  # of the letters; the rest of a tilted page are stamps and corrections
_MAX_FRAMES = 4  # horizontal rules; a frame for columns of prose has up to three rows
_VECTORS = pymupdf.TEXT_COLLECT_VECTORS
Place = tuple[int, int]
"""Index of a text block on its page, and of a line in the block."""

_TEXT, _VECTOR = 0, 3  # types of blocks in MuPDF
_BOLD_FONT, _BOLD_CHARACTERS = 16, 8  # bits of a span's `flags` and `char_flags` in PyMuPDF

# Names of bold fonts that do not say so in their descriptor, such as "SDGothicNeoc-fBd".
_HEAVY = re.compile(r"(?:bold|heavy|black|demi)(?![a-z]{4})|-[a-z]?bd(?![a-z])", re.IGNORECASE)


def read_layout(
    page: pymupdf.Page, number: int, hidden: HiddenText, *, tables: bool, fields: bool = False
) -> PageLayout:
    """Return the lines of a page; a ruled table is one line with an `embedded_block`.

    With `fields` it may have a form, whose check boxes are read with their texts.
    """
    textpage = page.get_textpage(flags=_FLAGS | (_VECTORS if tables else 0))
    content = _content(textpage)
    size = (content["width"], content["height"])
    quarters, skewed = _main_direction(content["blocks"])
    layout = PageLayout(
        number,
        *(size if quarters % 2 == 0 else size[::-1]),
        turns=page.rotation // 90 - quarters,
        rotation=page.rotation // 90,
    )
    places: dict[Place, Line] = {}
    doubtful: list[Suspect] = []
    for place, raw in _raw_lines(content["blocks"]):
        line = _line(raw, quarters, size, order=len(places), block=place[0])
        if line.text.strip() and not is_garbled_line(line.text):
            places[place] = line
            level = quarters_of(raw["dir"]) == quarters and (skewed or not is_skewed(raw["dir"]))
            (layout.lines if level else layout.rotated_lines).append(line)
            doubtful += suspects(line, raw["spans"])
    doubtful += covered(content["blocks"], places)
    if doubtful:
        drawn = _vectors(content["blocks"])
        hidden.mark(page, doubtful, drawn, sum(len(line.text) for line in places.values()))
    layout.lines = without_line_numbers(_without_doubles(layout.lines))
    signs: dict[int, tuple[str, bool]] = {}
    if fields:
        layout.printed = list(layout.lines)
        signs = mark_check_boxes(page, layout)
    if tables:
        shapes = [turn(shape, quarters, *size) for shape in _shapes(content["blocks"])]
        notes = (turn(box, quarters, *size) for box in strike_annotations(page))
        mark_struck(layout.lines, [*shapes, *notes])
        found = grids(shapes)
        if found:
            words = _words(textpage, content["blocks"], places, quarters, size)
            _add_signs(words, signs)
            for grid in found:
                _lift_table(layout, grid, words)
    return layout


def _content(textpage: pymupdf.TextPage) -> dict[str, Any]:
    """Return PyMuPDF's dictionary of a page; in right-to-left script with separate characters."""
    content: dict[str, Any] = textpage.extractDICT()
    texts = (span["text"] for _, raw in _raw_lines(content["blocks"]) for span in raw["spans"])
    if not reads_leftward(texts):
        return content
    content = textpage.extractRAWDICT()
    for _, raw in _raw_lines(content["blocks"]):
        _move_marks(raw)
        _mend_spaces(raw)
        for span in raw["spans"]:
            span["text"] = spelled_order([(char["c"], char["bbox"]) for char in span["chars"]])
    return content


def _move_marks(raw: dict[str, Any]) -> None:
    """Move the signs and spaces of a right-to-left line to where they are printed."""
    for index, to in reversed(strayed_marks(_letters(raw))):
        span, at = _place_of(raw, to - 1)
        strayed, place = _place_of(raw, index)
        span["chars"].insert(at + 1, strayed["chars"][place])
        del strayed["chars"][place]


def _mend_spaces(raw: dict[str, Any]) -> None:
    """Remove the false spaces of a right-to-left line, and add those that it lacks."""
    for index in reversed(false_spaces(_letters(raw))):
        span, at = _place_of(raw, index)
        del span["chars"][at]
    letters = _letters(raw)
    for index in reversed(missing_spaces(letters)):
        span, at = _place_of(raw, index)
        _, top, right, bottom = letters[index][1]
        span["chars"].insert(at, {"c": " ", "bbox": (right, top, right, bottom)})


def _letters(raw: dict[str, Any]) -> list[tuple[str, Box]]:
    return [(char["c"], char["bbox"]) for span in raw["spans"] for char in span["chars"]]


def _place_of(raw: dict[str, Any], index: int) -> tuple[dict[str, Any], int]:
    """Return the span of a line's character, and its index there."""
    for span in raw["spans"]:
        if index < len(span["chars"]):
            return span, index
        index -= len(span["chars"])
    raise IndexError(index)


def _main_direction(blocks: Iterable[dict[str, Any]]) -> tuple[int, bool]:
    """Return the clockwise quarter turns that make most of the letters horizontal.

    The second value says whether nearly all are skewed, as in the text layer of a skewed scan.
    """
    letters: Counter[tuple[float, float]] = Counter()
    for _, raw in _raw_lines(blocks):
        direction, spans = raw["dir"], raw["spans"]
        count = len(spans[0]["text"]) if len(spans) == 1 else sum([len(s["text"]) for s in spans])
        letters[direction] = letters.get(direction, 0) + count
    votes: Counter[int] = Counter()
    for direction, count in letters.items():
        votes[quarters_of(direction)] += count
    skewed = sum(count for direction, count in letters.items() if is_skewed(direction))
    quarters = votes.most_common(1)[0][0] if votes else 0
    return quarters, skewed > _TILTED_SHARE * letters.total()


def _raw_lines(
    blocks: Iterable[dict[str, Any]],
) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield each line with the place by which PyMuPDF's words refer to it."""
    texts = (block for block in blocks if block["type"] == _TEXT)
    for number, block in enumerate(texts):
        for index, raw in enumerate(block["lines"]):
            yield (number, index), raw


def _shapes(blocks: Iterable[dict[str, Any]]) -> list[Box]:
    return [block["bbox"] for block in _vectors(blocks)]


def _vectors(blocks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [block for block in blocks if block["type"] == _VECTOR]


def _line(
    raw: dict[str, Any], quarters: int, size: tuple[float, float], order: int, block: int
) -> Line:
    spans = raw["spans"]
    box: Box = turn(raw["bbox"], quarters, *size) if quarters else raw["bbox"]
    spans[0]["text"] = with_bullet(spans[0]["text"])
    if len(spans) == 1:
        (span,) = spans
        text = clean(span["text"])
        bold = _is_bold(span) and not text.isspace()
        x0, y0, x1, y1 = box
        return Line(text, x0, y0, x1, y1, span["size"], bold, order, block)
    longest = max(spans, key=lambda span: len(span["text"]))
    letters = [span for span in spans if not span["text"].isspace()]
    return Line(
        clean("".join([span["text"] for span in spans])),
        *box,
        size=longest["size"],
        bold=bool(letters) and all(_is_bold(span) for span in letters),
        order=order,
        block=block,
    )


def _is_bold(span: dict[str, Any]) -> bool:
    marked = span["flags"] & _BOLD_FONT or span["char_flags"] & _BOLD_CHARACTERS
    return bool(marked or _is_heavy(span["font"]))


@lru_cache(maxsize=1_000)
def _is_heavy(font: str) -> bool:
    """Return whether a font is bold by its name alone."""
    return _HEAVY.search(font) is not None


def _without_doubles(lines: list[Line]) -> list[Line]:
    """Remove text drawn twice within a point, as for a shadow or a bolder look."""
    seen: set[tuple[str, int, int]] = set()
    kept: list[Line] = []
    for line in lines:
        places = {(line.text, round(line.x0) + dx, round(line.y0)) for dx in (-1, 0, 1)}
        if not places & seen:
            kept.append(line)
            seen.add((line.text, round(line.x0), round(line.y0)))
    return kept


def _words(
    textpage: pymupdf.TextPage,
    blocks: Iterable[dict[str, Any]],
    places: dict[Place, Line],
    quarters: int,
    size: tuple[float, float],
) -> dict[int, list[Word]]:
    """Return the words of each line by `id(line)`."""
    words: dict[int, list[Word]] = {}
    for place, text, box in _placed_words(textpage, blocks):
        owner = places.get(place)
        if owner is not None:
            words.setdefault(id(owner), []).append(Word(clean(text), turn(box, quarters, *size)))
    return words


def _add_signs(words: dict[int, list[Word]], signs: dict[int, tuple[str, bool]]) -> None:
    """Add the signs of check boxes to the words of their lines, in the cell of the text."""
    for line, (sign, before) in signs.items():
        held = words.get(line)
        if held:
            word = held[0] if before else held[-1]
            held.insert(0 if before else len(held), Word(sign, word.box))


def _placed_words(
    textpage: pymupdf.TextPage, blocks: Iterable[dict[str, Any]]
) -> Iterator[tuple[Place, str, Box]]:
    """Yield the words of a page; those of right-to-left pages are built from characters."""
    raws = list(_raw_lines(blocks))
    if not any("chars" in span for _, raw in raws for span in raw["spans"]):
        for x0, y0, x1, y1, text, block, line, _ in textpage.extractWORDS():
            yield (block, line), text, (x0, y0, x1, y1)
        return
    for place, raw in raws:
        letters = [(char["c"], char["bbox"]) for span in raw["spans"] for char in span["chars"]]
        for blank, group in groupby(letters, key=lambda letter: letter[0].isspace()):
            if not blank:
                word = list(group)
                left, top, right, bottom = zip(*(box for _, box in word), strict=True)
                yield place, spelled_order(word), (min(left), min(top), max(right), max(bottom))


def _lift_table(layout: PageLayout, grid: Grid, words: dict[int, list[Word]]) -> None:
    """Replace the lines inside a grid by a table, if enough of its cells have text."""
    widen(grid, (line for line in layout.lines if line.embedded_block is None))
    box = grid.box
    # Rotated lines too: narrow columns have rotated names.
    inside = [
        line
        for line in (*layout.lines, *layout.rotated_lines)
        if line.embedded_block is None and _is_inside(line, box)
    ]
    if len(grid.ys) <= _MAX_FRAMES and _is_prose(inside, grid):
        return
    filled = fill(grid, (word for line in inside for word in words.get(id(line), ())))
    if not filled.cells or is_no_table(filled.cells):
        return
    title = title_within(filled.cells, filled.row_boxes[0], inside)
    if title is not None:
        filled = filled._replace(cells=filled.cells[1:], row_boxes=filled.row_boxes[1:])
        inside.remove(title)
        box = (box[0], filled.row_boxes[0][1], box[2], box[3])
    taken = {id(line) for line in inside}
    others = (line for line in layout.lines if id(line) not in taken)
    cells, columns = _whole_columns(filled)
    head = head_above(others, cells[0], columns, filled.row_boxes[0][1])
    if columns and not head.rows:
        cells = name_columns(cells, _printed_rows(inside, filled.row_boxes), columns)
    inside = [*head.lines, *inside]
    taken |= {id(line) for line in head.lines}
    row_boxes = (*head.boxes, *filled.row_boxes)
    box = (box[0], min([box[1], *(top for _, top, _, _ in head.boxes)]), box[2], box[3])
    order = min(line.order for line in inside)
    layout.lines = [line for line in layout.lines if id(line) not in taken]
    layout.rotated_lines = [line for line in layout.rotated_lines if id(line) not in taken]
    table = Block(
        "table",
        "",
        layout.number,
        box,
        rows=tuple(map(tuple, split_numbers((*head.rows, *cells)))),
        row_boxes=row_boxes,
        row_marks=tuple(_row_marks(inside, row_boxes)),
    )
    layout.lines.append(Line("", *box, order=order, embedded_block=table))


def _whole_columns(filled: Filled) -> tuple[list[list[str]], list[Span]]:
    """Return the cells and columns of a table with signs in the columns of their numbers."""
    groups = affix_groups(filled.cells)
    cells = [list(row) for row in join_columns(filled.cells, groups)]
    if not filled.columns:
        return cells, []
    return cells, [(filled.columns[at][0], filled.columns[end - 1][1]) for at, end in groups]


def _printed_rows(lines: Iterable[Line], boxes: Sequence[Box]) -> list[Row]:
    """Return the first rows of a table that may name its columns, with their lines."""
    rows = [Row() for _ in boxes[: MAX_NAME_ROWS + 1]]
    for line in lines:
        for row, (_, top, _, bottom) in zip(rows, boxes, strict=False):
            if top <= line.middle <= bottom:
                row.lines.append(line)
    return rows


def _is_prose(lines: Sequence[Line], grid: Grid) -> bool:
    """Return whether a frame of columns holds prose, as one that was drawn to lay out a page."""
    size = typical_size(lines)
    columns: list[list[Line]] = [[] for _ in grid.xs]
    for line in lines:
        columns[sum(line.x0 + size > x for x in grid.xs) - 1].append(line)
    return any(
        are_side_by_side(left, right, size) for left, right in pairwise(columns) if left and right
    )


def _row_marks(lines: Iterable[Line], rows: Sequence[Box]) -> Iterator[Mark]:
    """Yield the marks of lines of text with the number of their row as offset."""
    for line in lines:
        for mark in line.marks:
            row = sum(bottom < line.middle for _, _, _, bottom in rows[:-1])
            yield mark._replace(start=row, end=row + 1)


def _is_inside(line: Line, box: Box) -> bool:
    x, y = (line.x0 + line.x1) / 2, line.middle
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
