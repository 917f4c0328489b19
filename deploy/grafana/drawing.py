"""Draws a dashboard as Grafana lays it out: one box a panel on a grid. Only draws."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from deploy.grafana import theme
from deploy.grafana.canvas import Box, Canvas
from deploy.grafana.charts import nothing, stat, time_series
from deploy.grafana.panels import Dashboard, Mark, Panel, Range
from deploy.grafana.units import clock

WIDTH = 1000.0
_MARGIN, _GAP, _HEADER = 10.0, 8.0, 46.0
_COLUMNS, _ROW = 24, 26.0


def draw(dashboard: Dashboard, over: Range, happened: Sequence[Mark], path: Path) -> None:
    """One picture of all panels."""
    rows = max(panel.y + panel.height for panel in dashboard.panels)
    canvas = Canvas(WIDTH, _HEADER + rows * _ROW + _MARGIN - _GAP, theme.PAGE)
    _header(canvas, dashboard.title, over, happened)
    for panel in dashboard.panels:
        box = _place(panel)
        canvas.rectangle(box, theme.PANEL, theme.EDGE)
        canvas.text(box.x + 10, box.y + 15, panel.title, theme.TITLE, theme.BRIGHT, weight="medium")
        inside = box.inside(left=10, top=28, right=12, bottom=8)
        if all(series.last is None for series in panel.series):
            nothing(canvas, inside, panel)
        elif panel.kind == "stat":
            stat(canvas, inside, panel)
        else:
            time_series(canvas, inside, panel, over, happened)
    canvas.save(path)


def _place(panel: Panel) -> Box:
    column = (WIDTH - 2 * _MARGIN + _GAP) / _COLUMNS
    return Box(
        _MARGIN + panel.x * column,
        _HEADER + panel.y * _ROW,
        panel.width * column - _GAP,
        panel.height * _ROW - _GAP,
    )


def _header(canvas: Canvas, title: str, over: Range, happened: Sequence[Mark]) -> None:
    """The title, and at the right what happened when: panels have the same dashed lines."""
    middle = _HEADER / 2
    canvas.text(_MARGIN + 2, middle, title, 16, theme.BRIGHT, weight="semibold")
    right = WIDTH - _MARGIN - 2
    for mark in reversed(happened):
        text = f"{clock(mark.at - over.start)}  {mark.what}"
        canvas.text(right, middle, text, theme.TEXT, theme.PLAIN, at="right")
        right -= canvas.width_of(text, theme.TEXT) + 9
        canvas.line(right, middle - 6, right, middle + 6, theme.MARK, 1.2, dashed=True)
        right -= 18
