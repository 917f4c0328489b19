"""Counts the items of a DOCX's lists and returns their printed labels."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

from services.extractor.readers.docx.marks import format_of
from services.extractor.readers.docx.number_formats import formatted
from services.extractor.readers.docx.symbols import bullet, font_of
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

_PLACEHOLDER = re.compile(r"%([1-9])")
_MAX_PATTERN = 64  # characters; bounds the labels of a hostile file
_DEEPEST = 8  # of Word's nine depths, from 0


@dataclass(frozen=True, slots=True)
class ListLevel:
    """The numbering of one depth of a list: a pattern like "%1.%2", a style, a start.

    `restart` is the depth, counted from 1, that begins the count again; None for all above.
    """

    pattern: str = ""
    style: str = "bullet"
    start: int = 1
    restart: int | None = None
    legal: bool = False
    font: str | None = None
    paragraph_style: str | None = None
    hidden: bool = False


Levels = Mapping[int, ListLevel]


@dataclass(frozen=True, slots=True)
class _List:
    """A list of the document: its definition, own levels, and starts that begin it again."""

    abstract: str
    levels: Levels
    starts: Mapping[int, int]


class Numbering:
    """Counts the items of all lists in document order and formats their labels."""

    def __init__(self, part: IO[bytes] | None) -> None:
        self._abstract: dict[str, Levels] = {}
        self._by_style: dict[str, str] = {}
        self._linked: dict[str, str] = {}
        self._lists: dict[str, _List] = {}
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        self._begun: set[tuple[str, int]] = set()
        for element in stream(part, "abstractNum", "num") if part else ():
            self._read(element)
            release(element)

    def depth(self, list_id: str, style: str | None) -> int:
        """Return the depth that a list links to a paragraph style, or 0."""
        levels = self._levels(list_id)
        linked = (at for at, level in levels.items() if level.paragraph_style == style)
        return next(linked, 0) if style else 0

    def label(self, list_id: str, depth: int) -> str:
        """Count one more item of a list at this depth and return its label."""
        depth = min(depth, _DEEPEST)
        levels = self._levels(list_id)
        own = levels.get(depth, ListLevel())
        counts = self._counted(list_id, depth, own, levels)
        if own.hidden or own.style == "none":
            return ""
        if own.style == "bullet":
            return bullet(own.pattern, own.font) if own.pattern or depth not in levels else ""

        def count(found: re.Match[str]) -> str:
            at = int(found[1]) - 1
            level = levels.get(at, ListLevel())
            return formatted(counts.get(at, level.start), "decimal" if own.legal else level.style)

        return _PLACEHOLDER.sub(count, own.pattern)

    def _counted(self, list_id: str, depth: int, own: ListLevel, levels: Levels) -> dict[int, int]:
        """Count one item, and begin the counts of deeper items again."""
        known = self._lists.get(list_id)
        counts = self._counts[known.abstract if known else list_id]
        if known and depth in known.starts and (list_id, depth) not in self._begun:
            self._begun.add((list_id, depth))
            counts[depth] = known.starts[depth]
        else:
            counts[depth] = counts.get(depth, own.start - 1) + 1
        for deeper in [at for at in counts if at > depth]:
            after = levels.get(deeper, ListLevel()).restart
            if after is None or depth < after:
                del counts[deeper]
        return counts

    def _levels(self, list_id: str) -> Levels:
        known = self._lists.get(list_id)
        if known is None:
            return {}
        link = self._linked.get(known.abstract)
        base = self._abstract.get(self._by_style.get(link or "", known.abstract), {})
        return {**base, **known.levels} if known.levels else base

    def _read(self, element: Element) -> None:
        if local(element) == "num":
            self._lists[attribute(element, "numId") or ""] = _list(element)
            return
        identity = attribute(element, "abstractNumId") or ""
        self._abstract[identity] = dict(
            _level(each) for each in element if local(each) == "lvl" and _depth(each) is not None
        )
        if link := value(element, "numStyleLink"):
            self._linked[identity] = link
        if style := value(element, "styleLink"):
            self._by_style[style] = identity


def _list(element: Element) -> _List:
    levels: dict[int, ListLevel] = {}
    starts: dict[int, int] = {}
    for each in element:
        depth = _depth(each) if local(each) == "lvlOverride" else None
        if depth is None:
            continue
        own = child(each, "lvl")
        start = number(each, "startOverride")
        if own is not None:
            levels[depth] = _level(own)[1]
        if start is not None:
            starts[depth] = start
    return _List(value(element, "abstractNumId") or "", levels, starts)


def _depth(element: Element) -> int | None:
    depth = attribute(element, "ilvl") or "0"
    return int(depth) if depth.isdecimal() and len(depth) == 1 else None


def _level(element: Element) -> tuple[int, ListLevel]:
    start = number(element, "start")
    return _depth(element) or 0, ListLevel(
        pattern=(value(element, "lvlText") or "")[:_MAX_PATTERN],
        style=value(element, "numFmt") or "decimal",
        start=1 if start is None else start,
        restart=number(element, "lvlRestart"),
        legal=child(element, "isLgl") is not None,
        font=font_of(child(element, "rPr")),
        paragraph_style=value(element, "pStyle"),
        hidden=bool(format_of(child(element, "rPr")).hidden),
    )
