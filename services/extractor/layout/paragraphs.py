"""Groups rows into paragraphs by their spacing, type, list marks and indents."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from services.extractor.document import Box, Mark
from services.extractor.layout.joining import Words, join
from services.extractor.layout.lines import Row

_BULLET = re.compile(r"\s*[•●○▪■◦‣\u2043▶➢]")
_ITEM = re.compile(
    r"\s*(?:[•●○▪■◦‣\u2043·▶➢]|[\u2013—*-]\s|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]\s)"
)
_CAPTION = re.compile(
    r"(?:table|tab\.|figure|fig\.|chart|exhibit|scheme|tabelle|abbildung|abb\.|tableau|tabla|cuadro"
    r"|figura|tabella)\s*[A-Z]?\d+(?:[.\-\u2013]\d+)*\s*(?:[:.|\u2013—-]|$)",
    re.IGNORECASE,
)
_MAX_CAPTION = 700  # characters; a longer paragraph begins with a reference to a figure
_END = re.compile(r"[.!?:;。\uff01\uff1f؟\u06d4][\"'”\u2019»)\]]*$")
_FORMULA = re.compile("[=<>≤≥≠≈∈∉→↦⇒⇔∩∪⊆⊂∀∃∑∏∫∘]")
_MAX_FORMULA = 60  # characters; a longer row with such a sign is text
_SIZE_STEP = 0.12  # share of the font size; smaller differences come from superscripts and rounding
_TITLE_SIZE = 1.2  # of the usual font size; body text in another font differs by less
_MAX_STEP = 3.5  # font sizes; wider set than triple spacing are lines of their own
_MIN_EVIDENCE = 2  # steps within sentences; one alone may be a coincidence


@dataclass(slots=True)
class Paragraph:
    """The rows of a paragraph as one text, with the end offset and box of each row."""

    text: str
    line_ends: tuple[tuple[int, Box], ...]
    rows: list[Row]
    marks: tuple[Mark, ...] = ()

    @property
    def is_caption(self) -> bool:
        """Return whether the paragraph begins with the label of a table or figure."""
        return begins_caption(self.text) and len(self.text) <= _MAX_CAPTION

    @property
    def is_item(self) -> bool:
        """Return whether the paragraph begins with a bullet or a list number."""
        return begins_item(self.text)


def paragraphs(rows: Sequence[Row], words: Words | None = None) -> Iterator[Paragraph]:
    """Yield the paragraphs of rows in reading order; `words` are those of the document."""
    known = words or Words()
    shape = _Shape(rows)
    held: list[Row] = []
    for row in rows:
        if held and shape.breaks(held, row):
            yield _paragraph(held, known)
            held = []
        held.append(row)
    if held:
        yield _paragraph(held, known)


def begins_caption(text: str) -> bool:
    """Return whether a text begins with the label of a table or figure."""
    return _CAPTION.match(text) is not None


def begins_item(text: str) -> bool:
    """Return whether a text begins with a bullet or a list number."""
    return _ITEM.match(text) is not None


def ends_sentence(text: str) -> bool:
    """Return whether a text ends as a sentence does."""
    return bool(_END.search(text[-8:]))


class _Shape:
    """Measures the edges and the usual line spacing of some rows, in points."""

    def __init__(self, rows: Sequence[Row]) -> None:
        boxes = [row.box for row in rows]
        self._left = min(box[0] for box in boxes)
        self._right = max(box[2] for box in boxes)
        # In font sizes: line spacing is 1.0 to 2.0, larger steps are gaps between paragraphs; 1.25
        # is common, and caps the estimate where few lines follow each other.
        self._usual = 1.25
        self._size = median(row.size for row in rows)
        self._steps = self._steps_by_size(rows)

    def _steps_by_size(self, rows: Sequence[Row]) -> dict[int, float]:
        """Return the line spacing of each font size: that within sentences, if there are any."""
        within: dict[int, list[float]] = defaultdict(list)
        close: list[float] = []
        for above, below in pairwise(rows):
            step = below.box[3] - above.box[3]
            if 0 < step < _MAX_STEP * below.size and _is_same_type(above, below):
                if step < 2.2 * below.size:
                    close.append(step / max(below.size, 1.0))
                if self._runs_on(above, below):
                    within[round(below.size)].append(step)
        if close:
            self._usual = min(median(close), self._usual)
        return {
            size: median(steps) for size, steps in within.items() if len(steps) >= _MIN_EVIDENCE
        }

    def _runs_on(self, above: Row, below: Row) -> bool:
        """Return whether a sentence fills a line and continues in the next one."""
        return (
            below.text[:1].islower()
            and not ends_sentence(above.text)
            and (not self._is_short(above) or not self._would_fit(above, below))
            and not _ITEM.match(below.text)
        )

    def _would_fit(self, above: Row, below: Row) -> bool:
        """Return whether the first word of `below` would have fitted behind `above`."""
        letters = len(below.text.split(None, 1)[0]) + 1
        left, _, right, _ = below.box
        return above.box[2] + letters * (right - left) / len(below.text) < self._right

    def breaks(self, held: Sequence[Row], row: Row) -> bool:
        """Return whether `row` starts a new paragraph: by spacing, type, list mark or indent.

        Factors are in font sizes or line spacings; ordinary spacing varies by less.
        """
        above = held[-1]
        size = max(above.size, 1.0)
        step = row.box[3] - above.box[3]
        usual = self._steps.get(round(row.size), self._usual * size)
        # A gap is 30 % and a third of a font size above the usual step; less is uneven leading.
        if step > max(1.3 * usual, 1.15 * size) and step > usual + 0.35 * size:
            # A formula or a raised sign may widen one step within a sentence, to the double.
            runs_on = _is_same_type(above, row) and self._runs_on(above, row)
            if _is_formula_in_sentence(above, row):
                return step > 3 * usual
            return not (runs_on and step < 2.2 * usual)
        resized = abs(row.size - above.size) > _SIZE_STEP * size
        # A title set in a size of its own may mix weights.
        if resized or (row.bold != above.bold and row.size < _TITLE_SIZE * self._size):
            return not _goes_on(above, row)
        if _ITEM.match(row.text) and (
            _BULLET.match(row.text) or _ITEM.match(held[0].text) or self._is_short(above)
        ):
            return True
        indent = row.box[0] - above.box[0]
        return self._is_new_by_indent(held, indent, size) or (
            self._is_short(above) and ends_sentence(above.text) and not row.text[:1].islower()
        )

    def _is_new_by_indent(self, held: Sequence[Row], indent: float, size: float) -> bool:
        """Return whether an indent of 0.8 to 6 font sizes follows a finished sentence."""
        return len(held) > 1 and 0.8 * size < indent < 6 * size and ends_sentence(held[-1].text)

    def _is_short(self, row: Row) -> bool:
        # 12 % of the width: a ragged right edge varies by about one word.
        return row.box[2] < self._right - 0.12 * (self._right - self._left)


def _goes_on(above: Row, row: Row) -> bool:
    """Return whether a line in another type continues a sentence, as with bold words in it."""
    # A quarter more or less is a heading or a note, never the same sentence.
    if abs(row.size - above.size) > 0.25 * above.size:
        return False
    mixed = any(line.bold for line in above.lines) != above.bold
    return (mixed or row.text[:1].islower()) and not ends_sentence(above.text)


def _is_formula_in_sentence(above: Row, row: Row) -> bool:
    """Return whether one of two rows is a displayed formula of a sentence that is not finished."""
    if ends_sentence(above.text) or not row.text[:1].islower():
        return False
    return any(
        _FORMULA.search(each.text) and len(each.text) < _MAX_FORMULA for each in (above, row)
    )


def _is_same_type(above: Row, below: Row) -> bool:
    return abs(below.size - above.size) <= _SIZE_STEP * above.size and below.bold == above.bold


def _paragraph(rows: list[Row], words: Words) -> Paragraph:
    text = ""
    ends: list[tuple[int, Box]] = []
    marks: list[Mark] = []
    # In Korean a line may end within a word. If other lines end with a space, this one does.
    spaced = any(row.ends_spaced for row in rows)
    glued = False
    for row in rows:
        printed = row.text.strip()
        text = join(text, printed, words, glued=glued)
        glued = spaced and not row.ends_spaced
        ends.append((len(text), row.box))
        if any(line.marks for line in row.lines):
            marks += (mark.moved(len(text) - len(printed)) for mark in row.marks())
    return Paragraph(text, tuple(ends), rows, tuple(marks))
