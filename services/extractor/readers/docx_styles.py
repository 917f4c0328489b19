"""Resolves the paragraph styles and lists of a DOCX to heading levels and list labels."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, TypeVar

from services.extractor.readers.docx_xml import (
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
_PLACEHOLDER = re.compile(r"%([1-9])")
_MAX_DEPTH = 20  # styles to follow by inheritance; ends cycles
_T = TypeVar("_T")
_BULLET = "•"


@dataclass(frozen=True, slots=True)
class Style:
    """A style: `level` is 1 to 9 for a heading; unset fields are inherited from `parent`."""

    level: int | None = None
    list_id: str | None = None
    list_level: int | None = None
    parent: str | None = None


class Styles:
    """Looks up heading levels and lists of paragraphs by style."""

    def __init__(self, part: IO[bytes] | None) -> None:
        self._styles: dict[str, Style] = {}
        for element in stream(part, "style") if part else ():
            self._styles[attribute(element, "styleId") or ""] = _style(element)
            release(element)

    def heading_level(self, properties: Element | None) -> int:
        """Return 1 to 6 for a heading, else 0; Word's style names are English in all languages."""
        own = number(properties, "outlineLvl")
        if own is not None:
            return min(own + 1, 6) if own < 9 else 0
        level = self._inherited(properties, lambda style: style.level)
        return min(level or 0, 6)

    def list_of(self, properties: Element | None) -> tuple[str, int] | None:
        """Return (list id, depth from 0) of a paragraph, or None outside of lists."""
        own_id = value(properties, "numPr", "numId")
        own_level = number(properties, "numPr", "ilvl")
        list_id = own_id or self._inherited(properties, lambda style: style.list_id)
        if not list_id or list_id == "0":
            return None
        if own_level is None:
            own_level = self._inherited(properties, lambda style: style.list_level)
        return list_id, min(own_level or 0, 8)

    def _inherited(
        self, properties: Element | None, read: Callable[[Style], _T | None]
    ) -> _T | None:
        name = value(properties, "pStyle")
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
    outline = number(properties, "outlineLvl")
    level = int(named[1]) if named else 1 if name.lower() == "title" else None
    return Style(
        level=outline + 1 if outline is not None and outline < 9 else level,
        list_id=value(properties, "numPr", "numId"),
        list_level=number(properties, "numPr", "ilvl"),
        parent=value(element, "basedOn"),
    )


@dataclass(frozen=True, slots=True)
class ListLevel:
    """The numbering of one depth of a list: a pattern like "%1.%2", a style, a start."""

    pattern: str = ""
    style: str = "bullet"
    start: int = 1


@dataclass(slots=True)
class _Counter:
    counts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """Counts the items of all lists in document order and formats their labels."""

    def __init__(self, part: IO[bytes] | None) -> None:
        self._levels: dict[str, dict[int, ListLevel]] = {}
        self._abstract: dict[str, str] = {}
        self._counters: dict[str, _Counter] = defaultdict(_Counter)
        for element in stream(part, "abstractNum", "num") if part else ():
            self._read(element)
            release(element)

    def label(self, list_id: str, depth: int) -> str:
        """Count one more item of a list at this depth and return its label."""
        abstract = self._abstract.get(list_id, list_id)
        levels = self._levels.get(abstract, {})
        counts = self._counters[abstract].counts
        own = levels.get(depth, ListLevel())
        counts[depth] = counts.get(depth, own.start - 1) + 1
        for deeper in [level for level in counts if level > depth]:
            del counts[deeper]
        if own.style in ("bullet", "none"):
            return _BULLET if own.style == "bullet" else ""
        return _PLACEHOLDER.sub(
            lambda found: _count(int(found[1]) - 1, counts, levels), own.pattern
        )

    def _read(self, element: Element) -> None:
        if local(element) == "num":
            self._abstract[attribute(element, "numId") or ""] = (
                value(element, "abstractNumId") or ""
            )
            return
        levels = {
            int(attribute(level, "ilvl") or 0): ListLevel(
                pattern=value(level, "lvlText") or "",
                style=value(level, "numFmt") or "decimal",
                start=number(level, "start") or 1,
            )
            for level in element
            if local(level) == "lvl"
        }
        self._levels[attribute(element, "abstractNumId") or ""] = levels


def _count(depth: int, counts: dict[int, int], levels: dict[int, ListLevel]) -> str:
    level = levels.get(depth, ListLevel())
    return formatted(counts.get(depth, level.start), level.style)


def formatted(count: int, style: str) -> str:
    """Return a count in one of Word's number styles; in an unknown style as a decimal."""
    if style.endswith("Letter") and count > 0:
        text = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return text.upper() if style.startswith("upper") else text
    if style.endswith("Roman") and 0 < count < 4000:
        text = _roman(count)
        return text if style.startswith("upper") else text.lower()
    return f"{count:02d}" if style == "decimalZero" else str(count)


def _roman(count: int) -> str:
    text = ""
    for size, letters in zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"),
        strict=True,
    ):
        times, count = divmod(count, size)
        text += letters * times
    return text
