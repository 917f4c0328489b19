"""A picture whose places are pixels from the top left, on top of matplotlib."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch
from PIL import Image

# Of what is drawn for one pixel: pages show pictures on screens that have two.
_SCALE = 1.8
_POINTS = 72.0
# The first that is installed; the last comes with matplotlib.
_FONTS = ("Inter", "Roboto", "Noto Sans", "Liberation Sans", "DejaVu Sans")
# A dashboard has few colours: half the size, and nobody sees it.
_PALETTE = 192


@dataclass(frozen=True)
class Box:
    """A rectangle by its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    def inside(self, *, left: float, top: float, right: float, bottom: float) -> Box:
        return Box(
            self.x + left, self.y + top, self.width - left - right, self.height - top - bottom
        )


class Canvas:
    """Draws at once; `save` writes a PNG."""

    def __init__(self, width: float, height: float, colour: str) -> None:
        self._width, self._height = width, height
        self._figure = Figure((width / 100, height / 100), dpi=100 * _SCALE, facecolor=colour)
        self._agg = FigureCanvasAgg(self._figure)
        known = set(font_manager.get_font_names())
        self._font = next(name for name in _FONTS if name in known)

    def px(self, pixels: float) -> float:
        """In matplotlib's points."""
        return pixels * _POINTS / 100

    def rectangle(self, box: Box, colour: str, edge: str) -> None:
        self._figure.add_artist(
            FancyBboxPatch(
                (box.x / self._width, 1 - (box.y + box.height) / self._height),
                box.width / self._width,
                box.height / self._height,
                boxstyle="square,pad=0",
                facecolor=colour,
                edgecolor=edge,
                linewidth=self.px(1),
                transform=self._figure.transFigure,
                zorder=-1,
            )
        )

    def line(
        self,
        x: float,
        y: float,
        to_x: float,
        to_y: float,
        colour: str,
        width: float,
        *,
        dashed: bool = False,
    ) -> None:
        self._figure.add_artist(
            Line2D(
                [x / self._width, to_x / self._width],
                [1 - y / self._height, 1 - to_y / self._height],
                color=colour,
                linewidth=self.px(width),
                linestyle=(0, (2, 2)) if dashed else "-",
                solid_capstyle="round",
            )
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        colour: str,
        *,
        at: Literal["left", "center", "right"] = "left",
        weight: str = "regular",
    ) -> None:
        """With its middle at this height."""
        self._figure.text(
            x / self._width,
            1 - y / self._height,
            text,
            fontsize=self.px(size),
            fontfamily=self._font,
            color=colour,
            ha=at,
            va="center_baseline",
            weight=weight,
            parse_math=False,
        )

    def width_of(self, text: str, size: float) -> float:
        font = font_manager.FontProperties(family=self._font, size=self.px(size))
        width, _, _ = self._agg.get_renderer().get_text_width_height_descent(text, font, False)
        return float(width) / _SCALE

    def axes(self, box: Box) -> Axes:
        """A place for lines, without any decoration."""
        axes = self._figure.add_axes(
            (
                box.x / self._width,
                1 - (box.y + box.height) / self._height,
                box.width / self._width,
                box.height / self._height,
            )
        )
        axes.set_axis_off()
        return axes

    def save(self, path: Path) -> None:
        self._agg.draw()
        picture = Image.fromarray(np.asarray(self._agg.buffer_rgba())).convert("RGB")
        small = picture.quantize(_PALETTE, dither=Image.Dither.NONE)
        small.save(path, optimize=True)
