"""Reads form fields and annotations of a PDF page, which its text does not contain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pymupdf

from services.extractor.document import Block, BlockKind, Box
from services.extractor.layout.lines import Line
from services.extractor.layout.page_layout import PageLayout, turn
from services.extractor.readers.clean import clean

_MAX_NOTES = 500  # per page; bounds the time for a hostile file
_MAX_FIELDS = 2_000  # likewise
_BOXES = ("☑", "☐")
_MAX_CHECK = 1  # characters; a longer text lies over the box
_REACH = 15.0  # points between a check box and its text; the next column is farther
_OVERLAP = 3.0  # points by which a text may begin within the frame of its box
_LABEL_REACH = 60.0  # points between a label and its field
_LABEL_ABOVE = 12.0  # points from a label down to its field: one line
_LABEL_DISTANCE = 100.0  # points between the middles of a field and of its label
_LABEL_OVERLAP = 6.0  # points by which a field may lie over the label above it
_MAX_LABEL = 200  # characters; a longer one is an instruction
_NOTES = ("Text", "FreeText", "Highlight", "Underline", "StrikeOut", "Squiggly", "Stamp", "Caret")


def field_blocks(page: pymupdf.Page, layout: PageLayout, *, fields: bool) -> list[Block]:
    """Return a paragraph of labels and values of fields and one of notes.

    Notes that the page shows are left out, and values that it shows beside their labels.
    """
    lines = (*(layout.printed or layout.lines), *layout.rotated_lines)
    shown = "".join("".join(line.text.split()) for line in lines)
    values = [
        labelled(field.label, field.value) if field.label else field.value
        for field in (_filled(page, layout) if fields else ())
        if (field.label and not field.beside) or "".join(field.value.split()) not in shown
    ]
    notes = [note for note in _notes(page) if "".join(note.split()) not in shown]
    kinds: tuple[tuple[BlockKind, list[str]], ...] = (("field", values), ("list", notes))
    return [Block(kind, "\n".join(texts), layout.number) for kind, texts in kinds if texts]


def mark_check_boxes(page: pymupdf.Page, layout: PageLayout) -> dict[int, tuple[str, bool]]:
    """Put ☑ or ☐ beside the text of each check box, as a reader sees it.

    Returns the signs by `id` of their lines, with whether they stand before the text.
    """
    turns = page.rotation // 90 - layout.turns
    signs: dict[int, tuple[str, bool]] = {}
    for widget, _ in zip(page.widgets(), range(_MAX_FIELDS), strict=False):
        if widget.field_type_string not in ("CheckBox", "RadioButton"):
            continue
        box: Box = turn(tuple(widget.rect), turns, *_unrotated_size(page))
        # Its check is a letter of a symbol font.
        layout.lines = [line for line in layout.lines if not _is_check(line, box)]
        line, before = _beside(layout, box)
        if line is None or id(line) in signs:
            continue
        sign = _BOXES[0] if widget.field_value not in ("", "Off", False, None) else _BOXES[1]
        signs[id(line)] = (sign, before)
        if before:
            line.text = f"{sign} {line.text.lstrip()}"
            line.marks = tuple(mark.moved(2) for mark in line.marks)
            line.x0 = min(line.x0, box[0])
        else:
            line.text = f"{line.text.rstrip()} {sign}"
            line.x1 = max(line.x1, box[2])
    return signs


def _is_check(line: Line, box: Box) -> bool:
    x, y = (line.x0 + line.x1) / 2, line.middle
    inside = box[0] <= x <= box[2] and box[1] <= y <= box[3]
    return inside and len(line.text.strip()) <= _MAX_CHECK and line.embedded_block is None


def _beside(layout: PageLayout, box: Box) -> tuple[Line | None, bool]:
    """Return the text right of a box, at its height, or that left of it; whether it is right."""
    middle = (box[1] + box[3]) / 2
    level = [
        line
        for line in layout.lines
        if line.embedded_block is None and line.y0 <= middle <= line.y1
    ]
    right = [line for line in level if -_OVERLAP <= line.x0 - box[2] <= _REACH]
    if right:
        return min(right, key=lambda line: line.x0), True
    left = [line for line in level if -_OVERLAP <= box[0] - line.x1 <= _REACH]
    return max(left, key=lambda line: line.x1, default=None), False


def _unrotated_size(page: pymupdf.Page) -> tuple[float, float]:
    rect = page.rect
    return (rect.height, rect.width) if page.rotation % 180 else (rect.width, rect.height)


def labelled(label: str, value: str) -> str:
    """Return a value behind its label, which may be a question."""
    return f"{label} {value}" if label.endswith("?") else f"{label}: {value}"


class _Field(NamedTuple):
    """A field that is filled in; `label` is "" for one without, `beside` where it is printed."""

    label: str
    value: str
    beside: bool


def _filled(page: pymupdf.Page, layout: PageLayout) -> list[_Field]:
    turns = page.rotation // 90 - layout.turns
    size = _unrotated_size(page)
    lines = [line for line in layout.printed if any(map(str.isalpha, line.text))]
    values: list[_Field] = []
    for widget, _ in zip(page.widgets(), range(_MAX_FIELDS), strict=False):
        value = widget.field_value
        if widget.field_type_string in ("Text", "ComboBox", "ListBox") and isinstance(value, str):
            text = clean(value).strip()
            if text:
                box: Box = turn(tuple(widget.rect), turns, *size)
                printed, beside = _printed_label(lines, box, text)
                label = printed if beside else clean(widget.field_label or "").strip() or printed
                values.append(_Field(label[:_MAX_LABEL].rstrip(" :"), text, beside))
    return values


def _printed_label(printed: Sequence[Line], box: Box, value: str) -> tuple[str, bool]:
    """Return the text left of a field at its height, or else the nearest one above it; or "".

    The second value says whether it stands left of the field. The page may show the `value`, too.
    """
    middle = (box[1] + box[3]) / 2
    near = [line for line in printed if abs(line.middle - middle) <= _LABEL_DISTANCE]
    lines = [line for line in near if line.text.strip() not in value]
    left = [
        line
        for line in lines
        if line.y0 <= middle <= line.y1 and -_OVERLAP <= box[0] - line.x1 <= _LABEL_REACH
    ]
    if left:
        return max(left, key=lambda line: line.x1).text.strip(), True
    above = [
        line
        for line in lines
        if -_LABEL_OVERLAP <= box[1] - line.y1 <= _LABEL_ABOVE
        and line.x0 < box[2]
        and line.x1 > box[0]
        and abs(line.x0 - box[0]) <= _LABEL_REACH
    ]
    return max(above, key=lambda line: line.y1).text.strip() if above else "", False


def _notes(page: pymupdf.Page) -> list[str]:
    if page.first_annot is None:
        return []
    notes: list[str] = []
    for annotation, _ in zip(page.annots(), range(_MAX_NOTES), strict=False):
        if annotation.type[1] in _NOTES:
            notes.append(clean(annotation.info.get("content", "")).strip())
    return [note for note in notes if note]
