"""Reads form fields and annotations of a PDF page, which its text does not contain."""

from __future__ import annotations

import pymupdf

from services.extractor.document import Block, BlockKind, Box
from services.extractor.layout.lines import Line
from services.extractor.layout.page_layout import PageLayout, turn
from services.extractor.readers.clean import clean

_MAX_NOTES = 500  # per page; bounds the time for a hostile file
_MAX_FIELDS = 2_000  # likewise
_BOXES = ("☑", "☐")
_REACH = 15.0  # points between a check box and its text; the next column is farther
_OVERLAP = 3.0  # points by which a text may begin within the frame of its box
_NOTES = ("Text", "FreeText", "Highlight", "Underline", "StrikeOut", "Squiggly", "Stamp", "Caret")


def field_blocks(page: pymupdf.Page, layout: PageLayout, *, fields: bool) -> list[Block]:
    """Return a paragraph of field values and one of notes, without texts that the page shows."""
    shown = "".join("".join(line.text.split()) for line in (*layout.lines, *layout.rotated_lines))
    values: list[str] = _values(page) if fields else []
    kinds: tuple[tuple[BlockKind, list[str]], ...] = (("field", values), ("list", _notes(page)))
    blocks: list[Block] = []
    for kind, texts in kinds:
        missing = [text for text in texts if "".join(text.split()) not in shown]
        if missing:
            blocks.append(Block(kind, "\n".join(missing), layout.number))
    return blocks


def mark_check_boxes(page: pymupdf.Page, layout: PageLayout) -> None:
    """Put ☑ or ☐ before the text that stands right of each check box, as a reader sees it."""
    turns = page.rotation // 90 - layout.turns
    for widget, _ in zip(page.widgets(), range(_MAX_FIELDS), strict=False):
        if widget.field_type_string not in ("CheckBox", "RadioButton"):
            continue
        box: Box = turn(tuple(widget.rect), turns, *_unrotated_size(page))
        line = _beside(layout, box)
        if line is not None and not line.text.startswith(_BOXES):
            sign = _BOXES[0] if widget.field_value not in ("", "Off", False, None) else _BOXES[1]
            line.text = f"{sign} {line.text.lstrip()}"
            line.marks = tuple(mark.moved(2) for mark in line.marks)
            line.x0 = min(line.x0, box[0])


def _beside(layout: PageLayout, box: Box) -> Line | None:
    """Return the nearest line of text right of a box, at its height."""
    middle = (box[1] + box[3]) / 2
    near = [
        line
        for line in layout.lines
        if line.embedded_block is None
        and line.y0 <= middle <= line.y1
        and -_OVERLAP <= line.x0 - box[2] <= _REACH
    ]
    return min(near, key=lambda line: line.x0, default=None)


def _unrotated_size(page: pymupdf.Page) -> tuple[float, float]:
    rect = page.rect
    return (rect.height, rect.width) if page.rotation % 180 else (rect.width, rect.height)


def _values(page: pymupdf.Page) -> list[str]:
    values: list[str] = []
    for widget, _ in zip(page.widgets(), range(_MAX_FIELDS), strict=False):
        value = widget.field_value
        if widget.field_type_string in ("Text", "ComboBox", "ListBox") and isinstance(value, str):
            values.append(clean(value).strip())
    return [value for value in values if value]


def _notes(page: pymupdf.Page) -> list[str]:
    if page.first_annot is None:
        return []
    notes: list[str] = []
    for annotation, _ in zip(page.annots(), range(_MAX_NOTES), strict=False):
        if annotation.type[1] in _NOTES:
            notes.append(clean(annotation.info.get("content", "")).strip())
    return [note for note in notes if note]
