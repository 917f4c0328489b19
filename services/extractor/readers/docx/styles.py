"""Resolves the styles of a DOCX to heading levels, lists, table headers and looks."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, TypeVar

from services.extractor.readers.docx.marks import PLAIN, Format, format_of
from services.extractor.readers.xml import (
    Element,
    attribute,
    child,
    local,
    number,
    release,
    stream,
    value,
)

_HEADING_NAME = re.compile(r"heading ([1-9])$", re.IGNORECASE)
_LIST_NAME = re.compile(r"list (?:bullet|number) ([2-9])$", re.IGNORECASE)
_CAPTION_NAME = re.compile(r"caption|beschriftung|légende", re.IGNORECASE)
_MAX_DEPTH = 20  # styles to follow by inheritance; ends cycles
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Style:
    """A style: `level` is 1 to 9 for a heading; unset fields are inherited from `parent`."""

    level: int | None = None
    list_id: str | None = None
    list_level: int | None = None
    named_depth: int | None = None
    """Depth from 0 that Word's own style "List Bullet 2" has, although its list has one level."""
    parent: str | None = None
    format: Format = PLAIN
    marks_first_row: bool | None = None
    is_caption: bool = False


class Styles:
    """Looks up what a paragraph, run or table has by its style."""

    def __init__(self, part: IO[bytes] | None) -> None:
        self._styles: dict[str, Style] = {}
        self._formats: dict[str, Format] = {}
        for element in stream(part, "style") if part else ():
            self._styles[attribute(element, "styleId") or ""] = _style(element)
            release(element)

    def heading_level(self, properties: Element | None) -> int:
        """Return 1 to 6 for a heading, else 0; Word's style names are English in all languages."""
        own = number(properties, "outlineLvl")
        if own is not None:
            return min(own + 1, 6) if own < 9 else 0
        level = self._inherited(value(properties, "pStyle"), lambda style: style.level)
        return min(level or 0, 6)

    def is_caption(self, properties: Element | None) -> bool:
        """Return whether a paragraph is the caption of a table or picture."""
        name = value(properties, "pStyle") or ""
        return bool(_CAPTION_NAME.match(name)) or bool(
            self._inherited(name, lambda style: style.is_caption or None)
        )

    def list_of(self, properties: Element | None) -> tuple[str, int | None] | None:
        """Return (list id, depth from 0 or None) of a paragraph, or None outside of lists."""
        style = value(properties, "pStyle")
        list_id = value(properties, "numPr", "numId")
        if list_id is None:
            list_id = self._inherited(style, lambda style: style.list_id)
        if not list_id or list_id == "0":
            return None
        level = number(properties, "numPr", "ilvl")
        if level is None:
            level = self._inherited(style, lambda style: style.list_level)
        return list_id, level

    def nesting(self, properties: Element | None, depth: int) -> int:
        """Return how deep an item of this depth stands, which its style may name instead."""
        named = self._inherited(value(properties, "pStyle"), lambda style: style.named_depth)
        return depth or named or 0

    def format(self, name: str | None) -> Format:
        """Return what a style and the styles below it say about their text."""
        if name is None or name not in self._styles:
            return PLAIN
        if name not in self._formats:
            found = PLAIN
            below: str | None = name
            for _ in range(_MAX_DEPTH):
                style = self._styles.get(below or "")
                if style is None:
                    break
                found, below = found.over(style.format), style.parent
            self._formats[name] = found
        return self._formats[name]

    def marks_first_row(self, name: str | None) -> bool:
        """Return whether a table's style shows its first row in another way than the rest."""
        return bool(self._inherited(name, lambda style: style.marks_first_row))

    def _inherited(self, name: str | None, read: Callable[[Style], _T | None]) -> _T | None:
        for _ in range(_MAX_DEPTH):
            style = self._styles.get(name or "")
            if style is None:
                return None
            found = read(style)
            if found is not None:
                return found
            name = style.parent
        return None


def _style(element: Element) -> Style:
    properties = child(element, "pPr")
    name = value(element, "name") or ""
    named = _HEADING_NAME.match(name)
    nested = _LIST_NAME.match(name)
    outline = number(properties, "outlineLvl")
    level = int(named[1]) if named else 1 if name.lower() == "title" else None
    return Style(
        level=outline + 1 if outline is not None and outline < 9 else level,
        list_id=value(properties, "numPr", "numId"),
        list_level=number(properties, "numPr", "ilvl"),
        named_depth=int(nested[1]) - 1 if nested else None,
        parent=value(element, "basedOn"),
        format=format_of(child(element, "rPr")),
        marks_first_row=_marks_first_row(element),
        is_caption=name.lower() == "caption",
    )


def _marks_first_row(element: Element) -> bool | None:
    conditional = (each for each in element if local(each) == "tblStylePr")
    return any(attribute(each, "type") == "firstRow" for each in conditional) or None
