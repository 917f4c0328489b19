"""How a page is drawn for text recognition, and where its parts are on the page. No I/O."""

from __future__ import annotations

import math
from dataclasses import dataclass

from services.extractor.document import Box

Point = tuple[float, float]

_SCALE = 200 / 72  # pixels per point; recognition gains little from more than 200 dpi
# Pixels of the longest side: small pictures are enlarged, and an A3 page has 200 dpi. The largest
# drawing, 11 MB in grey, fits a frame of the sandbox.
_LONGEST_SIDE = (1_700, 3_300)


def scale_of(width: float, height: float) -> float:
    """Return the pixels per point of the drawing of a page of this size in points."""
    longest = max(width, height, 1.0)
    least, most = _LONGEST_SIDE
    return min(max(_SCALE * longest, least), most) / longest


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a page was drawn: its size in points as displayed, pixels per point, and the slope.

    `slope` are the clockwise degrees by which the page was turned to be level.
    """

    width: float
    height: float
    scale: float
    slope: float = 0.0

    @property
    def origin(self) -> Point:
        """Return where the drawing's first pixel lies, in points of the turned page."""
        corners = [
            self._turned((x, y), self.slope) for x in (0.0, self.width) for y in (0.0, self.height)
        ]
        x, y = (min(sides) * self.scale for sides in zip(*corners, strict=True))
        # A thousandth: drawings begin at whole pixels, rounded down but for tiny overlaps.
        return math.floor(x + 0.001) / self.scale, math.floor(y + 0.001) / self.scale

    def on_page(self, box: Box) -> Box:
        """Return a box of the level page, in points from the first pixel, on the page itself."""
        if not self.slope:
            return _rounded(box)
        left, top = self.origin
        x0, y0, x1, y1 = box
        # The ends of the line through its middle: corners would make a box as high as the slope.
        middle, half = (y0 + y1) / 2 + top, (y1 - y0) / 2
        ends = [self._turned((x + left, middle), -self.slope) for x in (x0, x1)]
        xs, ys = zip(*ends, strict=True)
        return _rounded((min(xs), min(ys) - half, max(xs), max(ys) + half))

    @staticmethod
    def _turned(point: Point, degrees: float) -> Point:
        sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
        x, y = point
        return x * cosine - y * sine, x * sine + y * cosine


def _rounded(box: Box) -> Box:
    x0, y0, x1, y1 = (round(side, 2) for side in box)
    return x0, y0, x1, y1
