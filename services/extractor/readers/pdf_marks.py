"""Finds text of a PDF page that a reader does not see, or sees struck out.

Invisible text over a picture is the text layer of a scan, and counts as seen. White text counts as
hidden if no darker shape or picture lies there and the drawn page shows no letters, text below a
shape if the drawn page shows none. Text smaller than 1.5 points can't be read.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, Literal, NamedTuple

import pymupdf

from services.extractor.document import Box, Mark
from services.extractor.layout.lines import Line
from services.extractor.layout.script import reads_leftward
from services.extractor.readers.clean import clean

_WHITE = 0xFA  # of 0xFF in each colour; paler text can't be told from the page
_SCAN_SHARE = 0.5  # of a page's letters; more invisible ones are the text layer of a scan
_DRAWN_SCALE = 0.5  # pixels a point: letters of body text are five pixels high
_MIN_CONTRAST = 24  # of 255; the edges of letters differ by more, those of compressed pictures less
_MAX_DRAWN = 100  # pages of a document that are drawn; bounds the time for a hostile one
_MAX_STRIKES = 2_000  # thin shapes on a page; one with more is a drawing
_THIN = 2.0  # points; the height of a line through text
_MIN_SIZE = 1.5  # points; smaller letters can't be told apart in print
_MIN_COVER = 5.0  # points; a flatter or narrower shape hides no line of text
_MAX_COVERS = 200  # shapes on a page that may cover text; a page with more is a drawing
_TEXT, _VECTOR = 0, 3  # types of blocks in MuPDF
_MIN_STRUCK = 3  # characters; a shorter line belongs to a letter or a formula
_SLACK = 2  # characters by which an offset that is measured by width may be wrong
# Shares of a line's height, from its top, between which a line through the letters lies.
_STRIKE_ZONE = (0.4, 0.65)
# A word or a number; in formulas and below the marks of notes lie lines too.
_WORDS = re.compile(r"[^\W\d_]{4}|(?<![\[(\w])\d{2}")
_MAX_NOTES = 500  # annotations per page; bounds the time for a hostile file


class Suspect(NamedTuple):
    """A stretch of a line that may be hidden; `box` is on the page as it was read."""

    line: Line
    start: int
    end: int
    box: Box
    kind: Literal["invisible", "white", "tiny", "covered"]


def suspects(line: Line, spans: Sequence[dict[str, Any]]) -> list[Suspect]:
    """Return the stretches of a line that are invisible, white, or too small to be read."""
    if not any(map(_may_be_hidden, spans)):
        return []
    ends = list(accumulate((len(clean(span["text"])) for span in spans), initial=0))
    found: list[Suspect] = []
    for at, span in enumerate(spans):
        if span["text"].isspace():
            continue
        place = (line, ends[at], ends[at + 1], span["bbox"])
        if _is_invisible(span):
            found.append(Suspect(*place, "invisible"))
        elif _is_white(span):
            found.append(Suspect(*place, "white"))
        elif span["size"] < _MIN_SIZE:
            found.append(Suspect(*place, "tiny"))
    return found


def covered(
    blocks: Sequence[dict[str, Any]], lines: Mapping[tuple[int, int], Line]
) -> list[Suspect]:
    """Return the lines below filled shapes that are drawn after them; `lines` are by place."""
    number = sum(block["type"] == _TEXT for block in blocks)
    later: list[Box] = []
    found: list[Suspect] = []
    for block in reversed(blocks):
        if block["type"] == _VECTOR:
            if len(later) < _MAX_COVERS and _is_cover(block):
                later.append(block["bbox"])
        elif block["type"] == _TEXT:
            number -= 1
            for index, raw in enumerate(block["lines"] if later else ()):
                line = lines.get((number, index))
                if line is not None and _is_inside(raw["bbox"], later):
                    found.append(Suspect(line, 0, len(line.text), raw["bbox"], "covered"))
    return found


def _is_cover(shape: Mapping[str, Any]) -> bool:
    x0, y0, x1, y1 = shape["bbox"]
    return bool(not shape["stroked"] and x1 - x0 > _MIN_COVER and y1 - y0 > _MIN_COVER)


def _is_inside(box: Box, shapes: Iterable[Box]) -> bool:
    left, top, right, bottom = box
    return any(
        x0 - _THIN <= left and right <= x1 + _THIN and y0 - _THIN <= top and bottom <= y1 + _THIN
        for x0, y0, x1, y1 in shapes
    )


def _may_be_hidden(span: Mapping[str, Any]) -> bool:
    return bool(span["color"] >= _WHITE << 16 or not span["alpha"] or span["size"] < _MIN_SIZE)


def _is_invisible(span: Mapping[str, Any]) -> bool:
    return bool(span["alpha"] == 0)


def _is_white(span: Mapping[str, Any]) -> bool:
    color = span["color"]
    return bool(color >= _WHITE << 16 and color >> 8 & 0xFF >= _WHITE and color & 0xFF >= _WHITE)


class HiddenText:
    """Tells which suspects of a document's pages are hidden; draws some pages if it `may_draw`."""

    def __init__(self, *, may_draw: bool) -> None:
        self._left = _MAX_DRAWN if may_draw else 0

    def mark(
        self,
        page: pymupdf.Page,
        found: Sequence[Suspect],
        shapes: Iterable[dict[str, Any]],
        letters: int,
    ) -> None:
        """Mark the hidden stretches in their lines; `letters` is the number on the page."""
        unseen = [each for each in found if each.kind == "invisible"]
        pale = [each for each in found if each.kind == "white"]
        if sum(each.end - each.start for each in unseen) > _SCAN_SHARE * letters:
            unseen = []
        pictures = _pictures(page)
        hidden = [each for each in unseen if not _lies_in(each.box, pictures)]
        hidden += (each for each in found if each.kind == "tiny")
        dark = [shape["bbox"] for shape in shapes if not shape["stroked"] and not _is_white(shape)]
        pale = [each for each in pale if not _lies_in(each.box, [*dark, *pictures])]
        doubtful = pale + [each for each in found if each.kind == "covered"]
        if doubtful and self._left > 0:
            self._left -= 1
            hidden += _unseen_when_drawn(page, doubtful)
        for line, start, end, _, _ in hidden:
            line.marks = (*line.marks, Mark(start, end, hidden=True))


def _pictures(page: pymupdf.Page) -> list[Box]:
    return [tuple(info["bbox"]) for info in page.get_image_info()]


def _lies_in(box: Box, areas: Iterable[Box]) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return any(x0 <= x <= x1 and y0 <= y <= y1 for x0, y0, x1, y1 in areas)


def _unseen_when_drawn(page: pymupdf.Page, found: Sequence[Suspect]) -> list[Suspect]:
    """Return the suspects at whose place the drawn page is of one colour."""
    scale = pymupdf.Matrix(_DRAWN_SCALE, _DRAWN_SCALE)
    drawn = page.get_pixmap(matrix=scale, colorspace=pymupdf.csGRAY, alpha=False)
    samples, width, height = drawn.samples_mv, drawn.width, drawn.height
    unseen: list[Suspect] = []
    for each in found:
        place = pymupdf.Rect(each.box) * page.rotation_matrix * scale
        left, right = max(0, int(place.x0)), min(width, int(place.x1) + 1)
        top, bottom = max(0, int(place.y0)), min(height, int(place.y1) + 1)
        rows = [samples[y * width + left : y * width + right] for y in range(top, bottom)]
        shades = [shade for row in rows for shade in (min(row, default=0), max(row, default=0))]
        if shades and max(shades) - min(shades) < _MIN_CONTRAST:
            unseen.append(each)
    return unseen


def mark_struck(lines: Iterable[Line], shapes: Sequence[Box]) -> None:
    """Mark the stretches of horizontal lines of text that a thin shape crosses in its middle."""
    strikes = [
        ((y0 + y1) / 2, x0, x1) for x0, y0, x1, y1 in shapes if y1 - y0 <= _THIN and x1 - x0 > _THIN
    ]
    if not strikes or len(strikes) > _MAX_STRIKES:
        return
    strikes.sort()
    for line in lines:
        height = line.y1 - line.y0
        first = bisect_left(strikes, (line.y0 + _STRIKE_ZONE[0] * height,))
        last = bisect_left(strikes, (line.y0 + _STRIKE_ZONE[1] * height,))
        marks = [mark for _, x0, x1 in strikes[first:last] if (mark := _crossed(line, x0, x1))]
        if marks:
            line.marks = (*line.marks, *marks)


def _crossed(line: Line, x0: float, x1: float) -> Mark | None:
    """Return the stretch of a line between two x, unless the shape is a rule beyond the line."""
    letters, width = len(line.text), line.x1 - line.x0
    advance = width / max(1, letters)
    if width <= 0 or x0 < line.x0 - advance or x1 > line.x1 + advance:
        return None
    if reads_leftward([line.text]):
        return Mark(0, letters, struck=True)
    start = max(0, round((x0 - line.x0) / advance))
    end = min(letters, round((x1 - line.x0) / advance))
    if end - start < _MIN_STRUCK or not _WORDS.search(line.text[start:end]):
        return None
    # Letters are of different widths: the stretch is narrowed, so that no neighbour is marked.
    narrowed = min(_SLACK, (end - start - 1) // 2)
    return Mark(start + narrowed, end - narrowed, struck=True)


def strike_annotations(page: pymupdf.Page) -> Iterator[Box]:
    """Yield a flat box in the middle of each stretch that an annotation strikes out."""
    if page.first_annot is None:
        return
    for annotation, _ in zip(page.annots(), range(_MAX_NOTES), strict=False):
        corners = (annotation.vertices or []) if annotation.type[1] == "StrikeOut" else []
        for at in range(0, len(corners) - 3, 4):
            xs, ys = zip(*corners[at : at + 4], strict=True)
            middle = (min(ys) + max(ys)) / 2
            yield (min(xs), middle, max(xs), middle)
