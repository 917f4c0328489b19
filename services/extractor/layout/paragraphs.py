"""Groups rows into paragraphs and joins words broken by a hyphen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from services.extractor.document import Box, Mark
from services.extractor.layout.lines import Row

_BULLET = re.compile(r"\s*[•●○▪■◦‣\u2043▶➢]")
_ITEM = re.compile(
    r"\s*(?:[•●○▪■◦‣\u2043·▶➢]|[\u2013—*-]\s|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]\s)"
)
_END = re.compile(r"[.!?:;。\uff01\uff1f؟\u06d4][\"'”\u2019»)\]]*$")
_CJK = re.compile("[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")
_SIZE_STEP = 0.12  # share of the font size; smaller differences come from superscripts and rounding


@dataclass(slots=True)
class Paragraph:
    """The rows of a paragraph as one text, with the end offset and box of each row."""

    text: str
    line_ends: tuple[tuple[int, Box], ...]
    rows: list[Row]
    marks: tuple[Mark, ...] = ()

    @property
    def is_item(self) -> bool:
        """Return whether the paragraph begins with a bullet or a list number."""
        return bool(_ITEM.match(self.text))


def paragraphs(rows: Sequence[Row]) -> Iterator[Paragraph]:
    """Yield the paragraphs of rows in reading order."""
    shape = _Shape(rows)
    held: list[Row] = []
    for row in rows:
        if held and shape.breaks(held, row):
            yield _paragraph(held)
            held = []
        held.append(row)
    if held:
        yield _paragraph(held)


class _Shape:
    """Measures the edges and the usual line spacing of some rows, in points."""

    def __init__(self, rows: Sequence[Row]) -> None:
        boxes = [row.box for row in rows]
        self._left = min(box[0] for box in boxes)
        self._right = max(box[2] for box in boxes)
        steps = [below[3] - above[3] for above, below in pairwise(boxes)]
        # Line spacing is 1.0 to 2.0 font sizes, larger steps are gaps between paragraphs; 1.25 is
        # common, and caps the estimate where few lines follow each other.
        close = [step for step, row in zip(steps, rows, strict=False) if 0 < step < 2.2 * row.size]
        usual = 1.25 * median(row.size for row in rows)
        self._step = min(median(close), usual) if close else usual

    def breaks(self, held: Sequence[Row], row: Row) -> bool:
        """Return whether `row` starts a new paragraph: by spacing, type, list mark or indent.

        Factors are in font sizes or line spacings; ordinary spacing varies by less.
        """
        above = held[-1]
        size = max(above.size, 1.0)
        step = row.box[3] - above.box[3]
        # A gap is 30 % and a third of a font size above the usual step; less is uneven leading.
        if step > max(1.3 * self._step, 1.15 * size) and step > self._step + 0.35 * size:
            return True
        if abs(row.size - above.size) > _SIZE_STEP * size or row.bold != above.bold:
            return not _goes_on(above, row)
        if _ITEM.match(row.text) and (
            _BULLET.match(row.text) or _ITEM.match(held[0].text) or self._is_short(above)
        ):
            return True
        indent = row.box[0] - above.box[0]
        return self._is_new_by_indent(held, indent, size) or (
            self._is_short(above) and bool(_END.search(above.text)) and not row.text[:1].islower()
        )

    def _is_new_by_indent(self, held: Sequence[Row], indent: float, size: float) -> bool:
        """Return whether an indent of 0.8 to 6 font sizes follows a finished sentence."""
        return len(held) > 1 and 0.8 * size < indent < 6 * size and bool(_END.search(held[-1].text))

    def _is_short(self, row: Row) -> bool:
        # 12 % of the width: a ragged right edge varies by about one word.
        return row.box[2] < self._right - 0.12 * (self._right - self._left)


def _goes_on(above: Row, row: Row) -> bool:
    """Return whether a line in another type continues a sentence, as with bold words in it."""
    # A quarter more or less is a heading or a note, never the same sentence.
    if abs(row.size - above.size) > 0.25 * above.size:
        return False
    mixed = any(line.bold for line in above.lines) != above.bold
    return (mixed or row.text[:1].islower()) and not _END.search(above.text)


def _paragraph(rows: list[Row]) -> Paragraph:
    text = ""
    ends: list[tuple[int, Box]] = []
    marks: list[Mark] = []
    for row in rows:
        printed = row.text.strip()
        text = join(text, printed)
        ends.append((len(text), row.box))
        if any(line.marks for line in row.lines):
            marks += (mark.moved(len(text) - len(printed)) for mark in row.marks())
    return Paragraph(text, tuple(ends), rows, tuple(marks))


def join(text: str, more: str) -> str:
    """Join two lines: drops the hyphen of a broken word; adds a space except between CJK."""
    if not text or not more:
        return text + more
    if text[-1] in "-\u2010" and text[-2:-1].isalpha() and more[0].islower():
        word = text.rsplit(None, 1)[-1]
        return text + more if "-" in word[:-1] else text[:-1] + more
    if _CJK.match(text[-1]) and _CJK.match(more[0]):
        return text + more
    return f"{text} {more}"


def joined(texts: Iterable[str]) -> str:
    """Return all lines joined to one text."""
    whole = ""
    for text in texts:
        whole = join(whole, text)
    return whole
