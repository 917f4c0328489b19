"""Reads the charts of Office files as tables of their titles, series, categories and values.

Source: ECMA-376 part 1, 21.2 (DrawingML charts).
"""

from __future__ import annotations

from collections.abc import Iterator

from services.extractor.document import Block, ReadOptions
from services.extractor.readers import grid
from services.extractor.readers.clean import clean
from services.extractor.readers.docx.xml import Element, attribute, child, local
from services.extractor.readers.number_text import general

_MAX_POINTS = 10_000  # of one series
_MAX_SERIES = 256


def chart_blocks(root: Element, options: ReadOptions, page: int | None) -> Iterator[Block]:
    """Yield the title of a chart and the table of its values, a row for each category."""
    title = _words(child(root, "chart", "title"))
    if title:
        yield Block("caption", title, page)
    series = list(root.iter("{*}ser"))[:_MAX_SERIES]
    names = [_words(child(one, "tx")) for one in series]
    values = [_points(_first(one, "val", "yVal")) for one in series]
    categories: dict[int, str] = {}
    for one in series:
        categories |= _points(_first(one, "cat", "xVal")) | categories
    numbers = sorted(set(categories).union(*values))
    rows = [
        (categories.get(number, ""), *(column.get(number, "") for column in values))
        for number in numbers
    ]
    yield from grid.tables(rows, ("", *names), options, page=page)


def _first(series: Element, *names: str) -> Element | None:
    return next((inner for inner in series if local(inner) in names), None)


def _points(data: Element | None) -> dict[int, str]:
    """Return the stored values of a series by their number."""
    found: dict[int, str] = {}
    for point in data.iter("{*}pt") if data is not None else ():
        number = attribute(point, "idx") or ""
        value = child(point, "v")
        if number.isdecimal() and len(number) < 9 and value is not None and value.text:
            found[int(number)] = general(clean(value.text))
        if len(found) == _MAX_POINTS:
            break
    return found


def _words(element: Element | None) -> str:
    texts = element.iter("{*}t", "{*}v") if element is not None else ()
    return " ".join(" ".join(clean(text.text or "") for text in texts).split())
