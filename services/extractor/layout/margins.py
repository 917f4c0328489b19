"""Removes running headers and footers: lines repeated at the edge of neighbouring pages.

The first occurrence of such a line is kept, so that no text is lost, except for page numbers. A
line is repeated if at least two other pages within reach have it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator

from services.extractor.layout.lines import Line
from services.extractor.layout.page_layout import PageLayout

REACH = 4  # pages before and after; left and right pages differ, so two of each are compared
_ZONE = 0.1  # share of the page's height at the top and bottom that headers and footers use
_OTHERS = 2  # pages; a line on one other page only may be a coincidence
_SHIFT = 6.0  # points; half a line, within which the height of a repeated line may differ
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"\W*(?:page|seite|pagina|página|p\.?)?\W*(?:#|[ivxlc]{1,7})(?:\W*(?:of|von|de|/)?\W*#)?\W*$"
)

Mark = tuple[str, bool, int]
"""Text with digits as "#", whether it is at the top, and the height in steps of 6 points."""


def without_margins(layouts: Iterable[PageLayout]) -> Iterator[PageLayout]:
    """Yield the layouts in order without running lines; reads `REACH` layouts ahead."""
    window: deque[tuple[PageLayout, set[Mark]]] = deque()
    seen: set[str] = set()
    current = 0
    for layout in layouts:
        window.append((layout, {mark for _, mark in _edge_lines(layout)}))
        if len(window) - current > REACH:
            yield _stripped(window, current, seen)
            current += 1
        if current > REACH:
            window.popleft()
            current -= 1
    for at in range(current, len(window)):
        yield _stripped(window, at, seen)


def _stripped(window: deque[tuple[PageLayout, set[Mark]]], at: int, seen: set[str]) -> PageLayout:
    layout = window[at][0]
    near = list(window)[max(0, at - REACH) : at + REACH + 1]
    others = [marks for other, marks in near if other is not layout]
    for line, mark in _edge_lines(layout):
        text = mark[0]
        if sum(_has(marks, mark) for marks in others) >= _OTHERS:
            if text in seen or _PAGE_NUMBER.match(text):
                layout.lines.remove(line)
            line.aside = True
            seen.add(text)
    return layout


def _edge_lines(layout: PageLayout) -> list[tuple[Line, Mark]]:
    top, bottom = _ZONE * layout.height, (1 - _ZONE) * layout.height
    return [
        (line, (_DIGITS.sub("#", line.text.casefold()), line.y1 < top, round(line.middle / _SHIFT)))
        for line in layout.lines
        if line.embedded_block is None and (line.y1 < top or line.y0 > bottom)
    ]


def _has(marks: set[Mark], mark: Mark) -> bool:
    text, at_top, height = mark
    return any((text, at_top, height + shift) in marks for shift in (0, 1, -1))
