"""Sizes and colours of Grafana's dark theme."""

from __future__ import annotations

TITLE, TEXT, SMALL = 12.0, 10.5, 10.0
PAGE, PANEL, EDGE, GRID = "#111217", "#181b1f", "#24272d", "#26292f"
BRIGHT, PLAIN, FAINT, MARK = "#e3e4ea", "#c0c1cc", "#80828d", "#6e9fff"
# Of lines, in their order.
_LINES = (
    "#73bf69 #f2cc0c #8ab8ff #ff780a #f2495c #5794f2 #b877d9 #705da0 #37872d #fade2a #447ebc "
    "#c15c17 #890f02 #0a437c #6d1f62 #584477"
).split()
# Of thresholds, by their names.
_NAMED = {"green": "#73bf69", "orange": "#ff9830", "red": "#f2495c"}


def line(number: int) -> str:
    """The colour of a panel's n-th line."""
    return _LINES[number % len(_LINES)]


def named(name: str | None) -> str:
    """What a threshold's colour looks like; without one a value is just bright."""
    return _NAMED.get(name or "", BRIGHT)
