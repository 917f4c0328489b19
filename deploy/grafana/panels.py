"""A dashboard as data: its panels, and what their own queries brought."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "dashboards"
# What Grafana's menu calls All.
_ALL = ".+"


@dataclass(frozen=True)
class Range:
    """Seconds since 1970 from the first to the last point, and those from one to the next."""

    start: float
    end: float
    step: float

    @property
    def times(self) -> list[float]:
        many = math.floor((self.end - self.start) / self.step) + 1
        return [self.start + number * self.step for number in range(many)]


@dataclass(frozen=True)
class Mark:
    """Something that happened, and when in seconds since 1970."""

    at: float
    what: str


Labels = Mapping[str, str]
# The answer to a query: for each series its labels and a value at each time, NaN where it has none.
Ask = Callable[[str, Range], list[tuple[Labels, list[float]]]]


@dataclass(frozen=True)
class Series:
    """One line of a panel."""

    name: str
    values: Sequence[float]

    @property
    def last(self) -> float | None:
        """The last value there is."""
        return next((value for value in reversed(self.values) if not math.isnan(value)), None)


@dataclass(frozen=True)
class Panel:
    """What it is, where it stands (in Grafana's units, a row is 24 wide), and what it shows."""

    title: str
    kind: str
    x: int
    y: int
    width: int
    height: int
    unit: str
    series: Sequence[Series]
    low: float | None = None
    high: float | None = None
    decimals: int | None = None
    no_value: str = "No data"
    # From which value on which colour; empty: none says anything.
    thresholds: Sequence[tuple[float, str]] = ()

    def colour(self, value: float) -> str | None:
        """The name of the threshold's that it has passed."""
        return next((name for least, name in reversed(self.thresholds) if value >= least), None)


@dataclass(frozen=True)
class Dashboard:
    """A title, and panels as they stand."""

    title: str
    panels: Sequence[Panel]


def gather(path: Path, over: Range, ask: Ask, rate_interval: str) -> Dashboard:
    """A dashboard's file with what `ask` answers to every query of it."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return Dashboard(
        content["title"],
        [_panel(panel, over, ask, rate_interval) for panel in content["panels"]],
    )


def filled(expr: str, rate_interval: str) -> str:
    """A query as Grafana would send it, with every variable on `All`."""
    return re.sub(r"\$\w+", _ALL, expr.replace("$__rate_interval", rate_interval))


def legend(template: str, labels: Labels) -> str:
    """The name of a series: `{{label}}` is what that label says."""
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda found: labels.get(found[1], ""), template)


def _panel(panel: Mapping[str, Any], over: Range, ask: Ask, rate_interval: str) -> Panel:
    defaults, place = panel["fieldConfig"]["defaults"], panel["gridPos"]
    series = []
    for target in panel["targets"]:
        wanted = Range(over.end, over.end, over.step) if target.get("instant") else over
        found = [
            Series(legend(target.get("legendFormat", ""), labels), values)
            for labels, values in ask(filled(target["expr"], rate_interval), wanted)
        ]
        series += sorted(found, key=lambda each: each.name)
    is_plain = panel.get("options", {}).get("colorMode") == "none"
    steps = [] if is_plain else defaults.get("thresholds", {}).get("steps", [])
    return Panel(
        title=panel["title"],
        kind=panel["type"],
        x=place["x"],
        y=place["y"],
        width=place["w"],
        height=place["h"],
        unit=defaults["unit"],
        series=series,
        low=defaults.get("min"),
        high=defaults.get("max"),
        decimals=defaults.get("decimals"),
        no_value=defaults.get("noValue", "No data"),
        thresholds=[(_from(step["value"]), step["color"]) for step in steps],
    )


def _from(value: float | None) -> float:
    return -math.inf if value is None else value
