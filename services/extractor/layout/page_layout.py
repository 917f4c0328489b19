"""Defines a page turned so that most of its text is horizontal, and quarter turns of boxes."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.extractor.document import Box
from services.extractor.layout.lines import Line

_MAX_SLOPE = 0.05  # sine of 3 degrees; a line of text leaves its own height within 20 heights


@dataclass(slots=True)
class PageLayout:
    """The printed lines of a page and the rotation back to the page as displayed.

    `width` and `height` are in points. `rotated_lines` run in another direction than the rest, such
    as stamps in the margin or labels of axes.
    """

    number: int
    width: float
    height: float
    lines: list[Line] = field(default_factory=list)
    rotated_lines: list[Line] = field(default_factory=list)
    printed: list[Line] = field(default_factory=list)
    """Of a page with a form: its lines before any became part of a table."""
    turns: int = 0
    """Clockwise quarter turns from here to the page as displayed."""
    rotation: int = 0
    """Clockwise quarter turns from the unrotated page to the page as displayed."""
    label: str = ""
    unread: str = ""
    """Why the page has no text that can be read; "" if it has."""

    def displayed(self, box: Box) -> Box:
        """Return `box` on the page as displayed, in hundredths of a point."""
        turned = turn(box, self.turns, self.width, self.height) if self.turns else box
        x0, y0, x1, y1 = (round(side, 2) for side in turned)
        return (x0, y0, x1, y1)

    @property
    def displayed_size(self) -> tuple[float, float]:
        """Return width and height of the page as displayed, in points."""
        return (self.height, self.width) if self.turns % 2 else (self.width, self.height)


def turn(box: Box, quarters: int, width: float, height: float) -> Box:
    """Return `box` after clockwise quarter turns of a layout of the given size in points."""
    x0, y0, x1, y1 = box
    match quarters % 4:
        case 1:
            return (height - y1, x0, height - y0, x1)
        case 2:
            return (width - x1, height - y1, width - x0, height - y0)
        case 3:
            return (y0, width - x1, y1, width - x0)
        case _:
            return box


def quarters_of(direction: tuple[float, float]) -> int:
    """Return the clockwise quarter turns that make text of this (cosine, sine) most horizontal."""
    cosine, sine = direction
    if abs(cosine) >= abs(sine):
        return 0 if cosine >= 0 else 2
    return 1 if sine < 0 else 3


def is_skewed(direction: tuple[float, float]) -> bool:
    """Return whether text of this (cosine, sine) runs along neither side of the page."""
    return min(abs(direction[0]), abs(direction[1])) > _MAX_SLOPE
