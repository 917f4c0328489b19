"""Draws the samples' diagrams: labelled boxes, arrows and a legend, rendered to PNG."""

from __future__ import annotations

from collections.abc import Sequence

import pymupdf

from tools.samples.house import ACCENT, INK, rgb

# Dots per inch of the PNG: labels of 8 points stay readable.
RESOLUTION = 200
FONT, BOLD = "helv", "hebo"
WHITE = "#ffffff"
Corners = tuple[float, float, float, float]
Place = tuple[float, float]


class Canvas:
    """Draws on a white sheet of `width` by `height` points, origin top left."""

    def __init__(self, width: float, height: float) -> None:
        self._document = pymupdf.open()
        self._page = self._document.new_page(width=width, height=height)

    def box(self, corners: Corners, label: str = "", *, fill: str = WHITE, note: str = "") -> None:
        """Draw a filled box with a bold label in its middle and a plain note under the label."""
        frame = pymupdf.Rect(corners)
        self._page.draw_rect(frame, color=rgb(INK), fill=rgb(fill), width=1)
        lines = [(line, BOLD) for line in label.splitlines()]
        lines += [(line, FONT) for line in note.splitlines()]
        baseline = (frame.y0 + frame.y1) / 2 - 5.5 * len(lines) + 8
        for line, font in lines:
            self.label(((frame.x0 + frame.x1) / 2, baseline), line, font=font)
            baseline += 11

    def label(self, middle: Place, text: str, *, font: str = FONT, size: float = 8) -> None:
        """Draw one line of text centred on `middle`, a point of its baseline."""
        left = middle[0] - pymupdf.get_text_length(text, font, size) / 2
        self.text((left, middle[1]), text, font=font, size=size)

    def text(
        self, start: Place, text: str, *, font: str = FONT, size: float = 8, colour: str = INK
    ) -> None:
        """Draw one line of text whose baseline begins at `start`."""
        self._page.insert_text(start, text, fontname=font, fontsize=size, color=rgb(colour))

    def arrow(self, points: Sequence[Place], *, colour: str = ACCENT) -> None:
        """Draw an arrow through `points`; the last leg must be parallel to an axis."""
        self._page.draw_polyline(list(points), color=rgb(colour), width=1.6)
        (x0, y0), (x, y) = points[-2], points[-1]
        along_x, along_y = _sign(x - x0), _sign(y - y0)
        back = (x - 6 * along_x, y - 6 * along_y)
        wings = [
            (back[0] + 3.5 * along_y * side, back[1] + 3.5 * along_x * side) for side in (1, -1)
        ]
        tip = (x + along_x, y + along_y)
        self._page.draw_polyline(
            [tip, *wings, tip], color=rgb(colour), fill=rgb(colour), width=0.5, closePath=True
        )

    def png(self) -> bytes:
        content: bytes = self._page.get_pixmap(dpi=RESOLUTION).tobytes("png")
        self._document.close()
        return content


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)
