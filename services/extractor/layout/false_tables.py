"""Tells grids of text that are no tables: charts, formulas, and frames that lay out a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

_FRAME_WORDS = 40  # in a filled cell on average; cells of wordy tables have half of it
_LONG_CELL = 100  # words; a paragraph
_MIN_TICKS = 3  # numbers of an axis
_CHART_SHARE = 0.5  # of the cells beside an axis; a table fills more of them
_FORMULA_SHARE = 0.2  # of the filled cells
_MIN_NUMBERS = 12  # cells; a table of numbers without names has more
_MARK = 2.5  # characters on average
_WORD = re.compile(r"[^\W\d_]{2}")
_TICK = re.compile(r"-?\d{1,3}(?:,\d{3}){0,3}(?:\.\d{1,4})?\s?%?$")
_FORMULA = re.compile("[≤≥≠≈∈∉→↦⇒⇔∩∪⊆⊂∀∃∑∏∫∘∂\uf8e5-\uf8fe]")

Rows = Sequence[Sequence[str]]


def is_no_table(cells: Rows) -> bool:
    """Return whether cells are those of a drawing, a chart, formulas, or a page in a frame."""
    checks = (is_frame, is_chart, is_formula, is_drawing)
    return any(check(cells) for check in checks)


def is_drawing(cells: Rows) -> bool:
    """Return whether the few cells have a sign or two each and no word, as marks in a drawing."""
    filled = [cell for row in cells for cell in row if cell]
    short = len(filled) < _MIN_NUMBERS and sum(map(len, filled)) < _MARK * len(filled)
    return short and not any(map(_WORD.search, filled))


def is_frame(cells: Rows) -> bool:
    """Return whether cells hold paragraphs, as where a page is laid out with lines."""
    words = [cell.count(" ") + 1 for row in cells for cell in row if cell]
    return bool(words) and max(words) > _LONG_CELL and sum(words) > _FRAME_WORDS * len(words)


def is_chart(cells: Rows) -> bool:
    """Return whether a side column has the numbers of an axis, beside cells that are mostly empty.

    >>> is_chart([["40", "", "0.4"], ["30", "", "0.3"], ["20", "", ""], ["", "1990", ""]])
    True
    """
    columns = [list(column) for column in zip(*cells, strict=True)]
    if not columns:
        return False
    inner = [cell for row in cells for cell in row[1:]]
    filled = sum(map(bool, inner))
    return filled < _CHART_SHARE * len(inner) and any(map(_is_axis, (columns[0], columns[-1])))


def is_formula(cells: Rows) -> bool:
    """Return whether many cells have signs of formulas."""
    filled = [cell for row in cells for cell in row if cell]
    return sum(map(bool, map(_FORMULA.search, filled))) > _FORMULA_SHARE * len(filled)


def _is_axis(column: Sequence[str]) -> bool:
    """Return whether most entries of a column are numbers in even steps."""
    entries = [cell for cell in column if cell]
    ticks = [float(cell.rstrip(" %").replace(",", "")) for cell in entries if _TICK.match(cell)]
    if len(ticks) < max(_MIN_TICKS, 0.6 * len(entries)):
        return False
    steps = {round(below - above, 4) for above, below in pairwise(ticks)}
    return len(steps) == 1 and 0 not in steps
