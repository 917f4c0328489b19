"""Defines the printed lines of a page and groups them into rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Generic, TypeVar

from services.extractor.document import Block, Box, Mark
from services.extractor.layout.script import reads_leftward

_LEVEL = 0.8  # of the flatter line's height, which two lines on one baseline share at least
_WORDS_WIDE = 4.0  # font sizes; narrower lines are the raised and lowered signs of formulas

Value = TypeVar("Value")


@dataclass(slots=True, eq=False)
class Line:
    """Text on one baseline without a wide gap, or a table or picture (`embedded_block`).

    Coordinates and `size` are in points; `order` is the position in the file's drawing order, and
    neighbours in that order that stand close together have the same `block`. `marks` are stretches
    of hidden or struck text.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float = 0.0
    bold: bool = False
    order: int = 0
    block: int = 0
    embedded_block: Block | None = None
    marks: tuple[Mark, ...] = ()
    aside: bool = False
    """Whether it is a running line of the margin."""

    @property
    def box(self) -> Box:
        return (self.x0, self.y0, self.x1, self.y1)

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2


class once(Generic[Value]):
    """Caches a property in its object like `cached_property`, without the lock of Python 3.11."""

    def __init__(self, read: Callable[[Any], Value]) -> None:
        self._read = read

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, held: Any, owner: type | None = None) -> Value:
        value = held.__dict__[self._name] = self._read(held)
        return value


@dataclass(eq=False)
class Row:
    """Lines on one baseline in reading direction; properties are cached, so fill it first."""

    lines: list[Line] = field(default_factory=list)

    @once
    def text(self) -> str:
        if len(self.lines) == 1:
            return self.lines[0].text.strip()
        return " ".join(line.text.strip() for line in self.lines)

    @once
    def box(self) -> Box:
        return self.lines[0].box if len(self.lines) == 1 else bounds(self.lines)

    @once
    def size(self) -> float:
        if len(self.lines) == 1:
            return self.lines[0].size
        return max(self.lines, key=lambda line: len(line.text)).size

    @once
    def bold(self) -> bool:
        if len(self.lines) == 1:
            return self.lines[0].bold
        return all(line.bold for line in self.lines)

    @property
    def embedded_block(self) -> Block | None:
        return self.lines[0].embedded_block

    @property
    def ends_spaced(self) -> bool:
        """Return whether the file has a space at the end of the row."""
        return self.lines[-1].text[-1:].isspace()

    def marks(self) -> list[Mark]:
        """Return the marks of the lines by their offsets in the row's text."""
        found: list[Mark] = []
        at = 0
        for line in self.lines:
            bare = line.text.strip()
            shift = at - (len(line.text) - len(line.text.lstrip()))
            found += (mark.moved(shift) for mark in line.marks)
            at += len(bare) + 1
        return found


def bounds(lines: Iterable[Line]) -> Box:
    """Return the smallest box around at least one line."""
    held = list(lines)
    if len(held) == 1:
        return held[0].box
    return (
        min([line.x0 for line in held]),
        min([line.y0 for line in held]),
        max([line.x1 for line in held]),
        max([line.y1 for line in held]),
    )


def typical_size(lines: Sequence[Line]) -> float:
    """Return the median font size of the lines with text, in points; 10 without any."""
    sizes = [line.size for line in lines if line.size > 0]
    return median(sizes) if sizes else 10.0


def rows_of(lines: Iterable[Line]) -> list[Row]:
    """Group lines by baseline into rows, top down; each row is in its own reading direction."""
    rows: list[Row] = []
    for line in sorted(lines, key=lambda line: line.middle):
        if rows and _same_baseline(rows[-1].lines[-1], line):
            rows[-1].lines.append(line)
        else:
            rows.append(Row([line]))
    for row in rows:
        if len(row.lines) > 1:
            leftward = reads_leftward(line.text for line in row.lines)
            row.lines.sort(key=lambda line: line.x0, reverse=leftward)
    return rows


def _same_baseline(above: Line, below: Line) -> bool:
    """Return whether two lines overlap by more than half the height of the flatter one."""
    if above.embedded_block or below.embedded_block:
        return False
    shared = min(above.y1, below.y1) - max(above.y0, below.y0)
    flatter = min(above.y1 - above.y0, below.y1 - below.y0)
    return shared > 0.5 * flatter and not (shared < _LEVEL * flatter and _is_below(above, below))


def _is_below(above: Line, below: Line) -> bool:
    """Return whether one of two lines stands under the text of the other, made higher by signs."""
    narrower = min(above.x1 - above.x0, below.x1 - below.x0)
    common = min(above.x1, below.x1) - max(above.x0, below.x0)
    return common > 0.5 * narrower and narrower > _WORDS_WIDE * max(above.size, below.size)
