"""Reads form field values and annotations of a PDF page, which its text does not contain."""

from __future__ import annotations

import pymupdf

from services.extractor.document import Block, BlockKind
from services.extractor.layout.page_layout import PageLayout
from services.extractor.readers.clean import clean

_MAX_NOTES = 500  # per page; bounds the time for a hostile file
_MAX_FIELDS = 2_000  # likewise
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
