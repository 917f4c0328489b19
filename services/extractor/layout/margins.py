"""Sets running headers and footers apart, and removes those that repeat, page and line numbers.

A line at the edge of a page is a running one if at least two other pages within reach have it, or
if its row ends in a number that counts the pages: then the text may differ, as with the titles of
sections. The first occurrence of a text is kept as an aside, so that no text is lost, except for
page numbers.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.extractor.layout.lines import Line
from services.extractor.layout.page_layout import PageLayout

REACH = 4  # pages before and after; left and right pages differ, so two of each are compared
_ZONE = 0.1  # share of the page's height at the top and bottom that headers and footers use
_OTHERS = 2  # pages; a line on one other page only may be a coincidence
_END_ROWS = 2  # rows at each end of a page that may hold its number
_FAR = 1.5  # font sizes between a running line and the number of its page
_SHIFT = 6.0  # points; half a line, within which the height of a repeated line may differ
_FIRST_NUMBER = re.compile(r"\s{0,9}(\d{1,4}|[ivxlc]{1,8})(?=\s|$)")
_LAST_NUMBER = re.compile(r"(?:^|\s)(\d{1,4}|[ivxlc]{1,8})\s{0,9}$")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
# Numbers, and small Roman ones at the ends of a line.
_DIGITS = re.compile(r"\d+|^[ivxlc]{1,8}(?=\s|$)|(?<=\s)[ivxlc]{1,8}$")
_PAGE = r"(?:page|seite|pagina|página|p\.?)"
# "#" is no letter, so each run of such signs is read whole, and looked through for one before.
_HAS_NUMBER = r"(?=[^\w#]*+#)"
_OF = rf"(?:(?:of|von|de){_HAS_NUMBER}\W*+)?"
_PAGE_NUMBER = re.compile(
    rf"(?:\W*+{_PAGE})?{_HAS_NUMBER}\W*+{_OF}$|\W*+(?:{_PAGE}\W*+)?[ivxlc]{{1,7}}\W*+{_OF}$"
)

Mark = tuple[str, bool, int]
"""Text with digits as "#", whether it is at the top, and the height in steps of 6 points."""


@dataclass(frozen=True, slots=True)
class _End:
    """A row at the top or bottom of a page; `folios` may count the pages from another number."""

    top: bool
    lines: list[Line]
    folios: set[int]


@dataclass(frozen=True, slots=True)
class _Sheet:
    layout: PageLayout
    marks: set[Mark]
    ends: list[_End]
    rotated: set[str]

    def has(self, end: _End, folio: int) -> bool:
        """Return whether a number in the same row counts this page too."""
        return any(each.top == end.top and folio in each.folios for each in self.ends)


def without_margins(layouts: Iterable[PageLayout]) -> Iterator[PageLayout]:
    """Yield the layouts in order without running lines; reads `REACH` layouts ahead."""
    window: deque[_Sheet] = deque()
    seen: set[str] = set()
    current = 0
    for layout in layouts:
        marks = {mark for _, mark in _edge_lines(layout)}
        rotated = {_unnumbered(line) for line in layout.rotated_lines}
        window.append(_Sheet(layout, marks, _ends(layout), rotated))
        if len(window) - current > REACH:
            yield _stripped(window, current, seen)
            current += 1
        if current > REACH:
            window.popleft()
            current -= 1
    for at in range(current, len(window)):
        yield _stripped(window, at, seen)


def _stripped(window: deque[_Sheet], at: int, seen: set[str]) -> PageLayout:
    sheet = window[at]
    layout = sheet.layout
    near = list(window)[max(0, at - REACH) : at + REACH + 1]
    others = [other for other in near if other is not sheet]
    running = {
        id(line)
        for line, mark in _edge_lines(layout)
        if sum(_has(other.marks, mark) for other in others) >= _OTHERS
    }
    for end in sheet.ends:
        if any(sum(other.has(end, folio) for other in others) >= _OTHERS for folio in end.folios):
            in_row = {id(line) for line in end.lines}
            running |= in_row & {id(line) for line, _ in _edge_lines(layout)}
    if not others:
        edge = {id(line) for line, _ in _edge_lines(layout)}
        running |= {
            id(line) for end in sheet.ends if _is_numbered(end.lines) for line in end.lines
        } & edge
    for line in [line for line in layout.lines if id(line) in running]:
        text = _unnumbered(line)
        # The number of a single page may be that of an invoice: no other page tells.
        if others and (text in seen or _PAGE_NUMBER.match(text)):
            layout.lines.remove(line)
        line.aside = True
        seen.add(text)
    for line in layout.rotated_lines[:]:
        text = _unnumbered(line)
        if sum(text in other.rotated for other in others) >= _OTHERS:
            if text in seen:
                layout.rotated_lines.remove(line)
            seen.add(text)
    return layout


def _ends(layout: PageLayout) -> list[_End]:
    """Return the two outermost rows of text at the top and at the bottom of a page.

    Below the row with the page's number may stand another one, such as an address.
    """
    found: list[_End] = []
    for top in (True, False):
        texts = [line for line in layout.lines if line.embedded_block is None]
        for _ in range(_END_ROWS):
            if not texts:
                break
            edge = min(line.y1 for line in texts) if top else max(line.y0 for line in texts)
            row = [line for line in texts if (line.middle < edge if top else line.middle > edge)]
            # By their ids: a hostile page has all of its lines in one row.
            taken = {id(line) for line in row}
            texts = [line for line in texts if id(line) not in taken]
            if row:
                found.append(_End(top, row, _folios(row, layout.number)))
    return found


def _is_numbered(row: list[Line]) -> bool:
    """Return whether a row is a short text and a number at one end, far apart from it.

    In a document of one page no other page repeats a running line.
    """
    if len(row) != 2:
        return False
    left, right = sorted(row, key=lambda line: line.x0)
    numbers = [line.text.strip().isdecimal() for line in (left, right)]
    return numbers.count(True) == 1 and right.x0 - left.x1 > _FAR * max(left.size, right.size)


def _folios(row: list[Line], page: int) -> set[int]:
    """Return the numbers at the ends of a row, as differences to the number of the page."""
    left, right = min(row, key=lambda line: line.x0), max(row, key=lambda line: line.x1)
    found = (_FIRST_NUMBER.match(left.text), _LAST_NUMBER.search(right.text))
    return {_value(number[1]) - page for number in found if number}


def _value(number: str) -> int:
    """Return the value of a number in Arabic or small Roman figures."""
    if number.isdecimal():
        return int(number)
    values = [_ROMAN[figure] for figure in number]
    return sum(
        -value if value < after else value
        for value, after in zip(values, [*values[1:], 0], strict=True)
    )


def _unnumbered(line: Line) -> str:
    return _DIGITS.sub("#", line.text.strip().casefold())


def _edge_lines(layout: PageLayout) -> list[tuple[Line, Mark]]:
    top, bottom = _ZONE * layout.height, (1 - _ZONE) * layout.height
    return [
        (line, (_unnumbered(line), line.y1 < top, round(line.middle / _SHIFT)))
        for line in layout.lines
        if line.embedded_block is None and (line.y1 < top or line.y0 > bottom)
    ]


def _has(marks: set[Mark], mark: Mark) -> bool:
    text, at_top, height = mark
    return any((text, at_top, height + shift) in marks for shift in (0, 1, -1))
