"""Reads the charts of Office files as tables: categories as rows, series as columns.

Source: ECMA-376 part 1, 21.2 (DrawingML charts).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from services.extractor.document import Block, ReadOptions
from services.extractor.readers import grid
from services.extractor.readers.clean import clean
from services.extractor.readers.number_text import formatted
from services.extractor.readers.xml import Element, attribute, child, drawn_text, local, value

_MAX_SERIES = 100
_MAX_POINTS = 2_000  # of a series; bounds the table that a hostile chart is read as
_MAX_TEXT = 500  # characters of a title or category
_CACHES = ("numCache", "strCache", "numLit", "strLit", "multiLvlStrCache")


class _Series(NamedTuple):
    name: str
    keys: tuple[str, ...]
    values: tuple[str, ...]


def chart_blocks(root: Element, options: ReadOptions, page: int | None) -> Iterator[Block]:
    """Yield the titles of a chart and the table of its values; nothing without values."""
    space = child(root, "chart")
    if space is None:
        return
    newer = child(root, "chartData") is not None
    series = list(islice(_new_series(root) if newer else _series(space), _MAX_SERIES))
    if not any(each.values for each in series):
        return
    axes = [_title(axis) for axis in _children(space, "plotArea") if local(axis).endswith("Ax")]
    title = ", ".join(filter(None, dict.fromkeys([_title(space), *axes[1:]])))
    if title:
        yield Block("caption", title, page)
    header, rows = _rows(series, axes[0] if axes else "")
    yield from grid.tables(rows, header, options, page=page)


def _rows(series: Sequence[_Series], axis: str) -> tuple[grid.Row, Iterable[grid.Row]]:
    """Return a header and a row for each category.

    If the series have different categories, each point has a row.
    """
    keys = series[0].keys
    if all(each.keys == keys for each in series):
        columns = [each.values for each in series]
        header = (axis, *(each.name for each in series))
        count = max(len(keys), *(len(column) for column in columns))
        rows = ((_at(keys, at), *(_at(column, at) for column in columns)) for at in range(count))
        return header, rows
    points = (
        (each.name, _at(each.keys, at), _at(each.values, at))
        for each in series
        for at in range(max(len(each.keys), len(each.values)))
    )
    return ("", axis, ""), points


def _at(texts: Sequence[str], at: int) -> str:
    return texts[at] if at < len(texts) else ""


def _series(space: Element) -> Iterator[_Series]:
    for each in space.iter("{*}ser"):
        keys = _points(child(each, "cat")) or _points(child(each, "xVal"))
        values = _points(child(each, "val")) or _points(child(each, "yVal"))
        name = " ".join(_points(child(each, "tx"))) or _plain(child(each, "tx", "v"))
        yield _Series(name, keys, values)


def _new_series(root: Element) -> Iterator[_Series]:
    """Yield the series of a chart of Office 2016 or later, such as a funnel or waterfall."""
    data = {attribute(each, "id"): each for each in _children(root, "chartData")}
    for each in _children(root, "chart", "plotArea", "plotAreaRegion"):
        if local(each) == "series":
            own = data.get(value(each, "dataId"))
            dimensions = list(own) if own is not None else []
            keys = next((_levels(d, "") for d in dimensions if local(d) == "strDim"), ())
            values = next((_levels(d, "General") for d in dimensions if local(d) == "numDim"), ())
            yield _Series(_plain(child(each, "tx", "txData", "v")), keys, values)


def _points(holder: Element | None) -> tuple[str, ...]:
    """Return the values that a file keeps of the cells that a series refers to."""
    for reference in holder if holder is not None else ():
        cache = reference if local(reference) in _CACHES else None
        for inner in reference:
            cache = inner if local(inner) in _CACHES else cache
        if cache is not None:
            is_number = local(cache).startswith("num")
            return _levels(cache, _plain(child(cache, "formatCode")) or "General" * is_number)
    return ()


def _levels(cache: Element, code: str) -> tuple[str, ...]:
    """Return the points of a cache; those of several levels are joined, the outer one first."""
    levels = [each for each in cache if local(each) == "lvl"] or [cache]
    size = _size(levels)
    texts = [""] * size
    for level in reversed(levels):
        last = ""
        own = _by_index(level, size)
        for at in range(size):
            last = own.get(at, last if level is not levels[0] else "")
            shown = formatted(last, code) if code else last
            texts[at] = f"{texts[at]} {shown}".strip()
    return tuple(texts)


def _size(levels: Iterable[Element]) -> int:
    """Return how many points a cache has, by its points and not by what it states."""
    indexes = (index for level in levels for index in _by_index(level, _MAX_POINTS))
    return max(indexes, default=-1) + 1


def _by_index(level: Element, size: int) -> dict[int, str]:
    found: dict[int, str] = {}
    for point in level:
        index = attribute(point, "idx") or ""
        if local(point) == "pt" and index.isdecimal() and len(index) < 6 and int(index) < size:
            text = child(point, "v")
            found[int(index)] = _plain(point if text is None else text)
    return found


def _title(holder: Element) -> str:
    title = child(holder, "title")
    if title is None:
        return ""
    return _tidy(drawn_text(title)) or " ".join(_points(child(title, "tx")))


def _children(holder: Element, *path: str) -> Iterable[Element]:
    found = child(holder, *path)
    return () if found is None else found


def _plain(element: Element | None) -> str:
    return "" if element is None else _tidy(element.text or "")


def _tidy(text: str) -> str:
    return " ".join(clean(text[: 2 * _MAX_TEXT]).split())[:_MAX_TEXT]
