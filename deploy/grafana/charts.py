"""The kinds of panels that our dashboards have, each in the box that is left below its title."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes

from deploy.grafana import theme
from deploy.grafana.canvas import Box, Canvas
from deploy.grafana.panels import Mark, Panel, Range, Series
from deploy.grafana.units import clock, flow, formatted, ticks

_LINE = 1.3
_LEGEND_ROW, _LEGEND_SHARE, _BESIDE_NAME = 15.0, 0.5, 32.0
_MOST_STEPS, _ROOM_PER_TIME = 4, 55
_LARGEST_NUMBER = 30.0


def nothing(canvas: Canvas, box: Box, panel: Panel) -> None:
    """What Grafana says where a query brings nothing."""
    is_stat = panel.kind == "stat"
    size, colour = (22.0, theme.PLAIN) if is_stat else (theme.TITLE, theme.FAINT)
    canvas.text(box.middle, box.y + 0.42 * box.height, panel.no_value, size, colour, at="center")


def stat(canvas: Canvas, box: Box, panel: Panel) -> None:
    """The last value large; how it came there as a shadow below, if there is only one."""
    found = [(series, series.last) for series in panel.series]
    values = [(series, last) for series, last in found if last is not None]
    row = box.height / len(values)
    for number, (series, last) in enumerate(values):
        text = formatted(last, panel.unit) + (f"  {series.name}" if series.name else "")
        size = min(_LARGEST_NUMBER, 0.6 * row)
        size *= min(1.0, box.width / canvas.width_of(text, size))
        middle = box.y + (number + 0.4) * row
        colour = theme.named(panel.colour(last))
        canvas.text(box.middle, middle, text, size, colour, at="center", weight="medium")
    if len(values) == 1 and len(values[0][0].values) > 1:
        _shadow(canvas, box, values[0][0], colour)


def time_series(
    canvas: Canvas, box: Box, panel: Panel, over: Range, happened: Sequence[Mark]
) -> None:
    """Lines over time, with a legend below that names them."""
    below = _legend(canvas, box, [series.name for series in panel.series])
    low, high = _limits(panel)
    lines = ticks(low, high, panel.unit, whole=panel.decimals == 0, most=_MOST_STEPS)
    words = [formatted(value, panel.unit) for value in lines]
    left = max(canvas.width_of(word, theme.SMALL) for word in words) + 8
    plot = Box(box.x + left, box.y + 5, box.width - left, box.height - below - 23)
    axes = canvas.axes(plot)
    axes.set_xlim(over.start, over.times[-1])
    axes.set_ylim(low, high)
    for value, word in zip(lines, words, strict=True):
        y = plot.y + plot.height * (1 - (value - low) / (high - low))
        canvas.text(plot.x - 8, y, word, theme.SMALL, theme.FAINT, at="right")
        axes.axhline(value, color=theme.GRID, linewidth=canvas.px(1), zorder=0)
    _times(canvas, plot, axes, over, most=max(2, int(box.width / _ROOM_PER_TIME)))
    for mark in happened:
        axes.axvline(
            mark.at, color=theme.MARK, linewidth=canvas.px(1), alpha=0.7, dashes=(3, 3), zorder=1
        )
    for number, series in enumerate(panel.series):
        _line(canvas, axes, over.times, series, theme.line(number))


def _times(canvas: Canvas, plot: Box, axes: Axes, over: Range, *, most: int) -> None:
    """Minutes and seconds since the beginning; what would stand over the edge is left out."""
    seconds = over.times[-1] - over.start
    for at in ticks(0, seconds, "s", most=most):
        x, word = plot.x + plot.width * at / seconds, clock(at)
        axes.axvline(over.start + at, color=theme.GRID, linewidth=canvas.px(1), zorder=0)
        if x + canvas.width_of(word, theme.SMALL) / 2 < plot.x + plot.width + 8:
            y = plot.y + plot.height + 10
            canvas.text(x, y, word, theme.SMALL, theme.FAINT, at="center")


def _line(canvas: Canvas, axes: Axes, times: Sequence[float], series: Series, colour: str) -> None:
    """Broken where there is no value; a value alone is a point."""
    axes.plot(
        times, series.values, color=colour, linewidth=canvas.px(_LINE), clip_on=False, zorder=3
    )
    gone = [math.isnan(value) for value in (math.nan, *series.values, math.nan)]
    alone = [at for at in range(len(times)) if gone[at] and gone[at + 2] and not gone[at + 1]]
    points = [times[at] for at in alone], [series.values[at] for at in alone]
    axes.scatter(*points, s=canvas.px(3) ** 2, color=colour, clip_on=False, zorder=3)


def _shadow(canvas: Canvas, box: Box, series: Series, colour: str) -> None:
    """From edge to edge of the panel."""
    low = Box(box.x - 10, box.y + 0.62 * box.height, box.width + 22, 0.38 * box.height + 8)
    axes = canvas.axes(low)
    steps = range(len(series.values))
    axes.set_xlim(steps[0], steps[-1])
    axes.set_ylim(0, 1.1 * (max(filter(math.isfinite, series.values)) or 1.0))
    axes.fill_between(steps, series.values, color=colour, alpha=0.14, linewidth=0)
    axes.plot(steps, series.values, color=colour, alpha=0.6, linewidth=canvas.px(1))


def _limits(panel: Panel) -> tuple[float, float]:
    """As the panel says, else so that everything fits."""
    values = [value for series in panel.series for value in series.values if not math.isnan(value)]
    low = min(values) if panel.low is None else panel.low
    high = max(values) * 1.08 if panel.high is None else panel.high
    return low, high if high > low else low + 1.0


def _legend(canvas: Canvas, box: Box, names: Sequence[str]) -> float:
    """The names at the bottom, in a few rows, and how many there are besides; its height."""
    rows = flow([canvas.width_of(name, theme.TEXT) + _BESIDE_NAME for name in names], box.width)
    shown = rows[: max(1, int(_LEGEND_SHARE * box.height / _LEGEND_ROW))]
    top = box.y + box.height - _LEGEND_ROW * len(shown) + 9
    for row, numbers in enumerate(shown):
        x, y = box.x, top + _LEGEND_ROW * row
        for number in numbers:
            canvas.line(x, y, x + 12, y, theme.line(number), 3)
            canvas.text(x + 18, y, names[number], theme.TEXT, theme.PLAIN)
            x += canvas.width_of(names[number], theme.TEXT) + _BESIDE_NAME
    if missing := sum(map(len, rows[len(shown) :])):
        y = top + _LEGEND_ROW * (len(shown) - 1)
        canvas.text(box.x + box.width, y, f"+{missing}", theme.TEXT, theme.FAINT, at="right")
    return _LEGEND_ROW * len(shown) + 4
