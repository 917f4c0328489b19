"""Pictures of dashboards: numbers as Grafana writes them, and what panels are made of."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from deploy.grafana.panels import FOLDER, Labels, Panel, Range, Series, filled, gather, legend
from deploy.grafana.units import clock, flow, formatted, ticks
from tests.unit.test_monitoring import UNITS

OVER = Range(100.0, 110.0, 5.0)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "short", "0"),
        (3, "short", "3"),
        (0.25, "short", "0.25"),
        (999.9, "short", "1 K"),
        (1234, "short", "1.23 K"),
        (2_500_000, "short", "2.5 Mil"),
        (-1500, "short", "-1.5 K"),
        (0, "s", "0 s"),
        (0.0004, "s", "400 µs"),
        (0.25, "s", "250 ms"),
        (1.5, "s", "1.5 s"),
        (90, "s", "1.5 mins"),
        (7200, "s", "2 hours"),
        (0, "cps", "0 c/s"),
        (12.345, "cps", "12.3 c/s"),
        (1500, "reqps", "1.5K req/s"),
        (0, "percentunit", "0%"),
        (0.29, "percentunit", "29%"),
        (0.004, "percentunit", "0.4%"),
        (1, "percentunit", "100%"),
        (42, "percent", "42%"),
        (0, "bytes", "0 B"),
        (1536, "bytes", "1.5 KiB"),
        (3 * 1024**2, "bytes", "3 MiB"),
        (7, "furlongs", "7 furlongs"),
    ],
)
def test_a_number_is_written_as_grafana_would(value: float, unit: str, text: str) -> None:
    assert formatted(value, unit) == text


@pytest.mark.parametrize("unit", sorted(UNITS - {"short"}))
def test_every_unit_of_our_dashboards_is_known(unit: str) -> None:
    assert unit not in formatted(1, unit) or unit == "s"


@pytest.mark.parametrize(
    ("low", "high", "unit", "places"),
    [
        (0, 1, "short", [0, 0.5, 1]),
        (0, 108, "cps", [0, 50, 100]),
        (0, 4, "short", [0, 1, 2, 3, 4]),
        (0, 9, "short", [0, 5]),
        (-4, 8, "short", [-4, -2, 0, 2, 4, 6, 8]),
        (0, 50, "s", [0, 15, 30, 45]),
        (0, 200, "s", [0, 60, 120, 180]),
        (0, 10_000, "s", [0, 3600, 7200]),
        (0, 5000, "bytes", [0, 2048, 4096]),
    ],
)
def test_an_axis_is_marked_at_round_places(
    low: float, high: float, unit: str, places: list[float]
) -> None:
    assert ticks(low, high, unit, most=6 if low < 0 else 4) == places


def test_what_is_counted_in_whole_is_marked_in_whole() -> None:
    assert ticks(0, 2, "short", whole=True) == [0, 1, 2]


def test_time_runs_in_minutes() -> None:
    assert [clock(seconds) for seconds in (0, 59.6, 125)] == ["0:00", "1:00", "2:05"]


def test_names_flow_into_rows() -> None:
    assert flow([4, 4, 4, 20, 1], room=10) == [[0, 1], [2], [3], [4]]
    assert flow([], room=10) == []


def test_a_query_is_filled_in_as_grafana_would() -> None:
    expr = 'rate(a{service=~"$service"}[$__rate_interval])'
    assert filled(expr, "20s") == 'rate(a{service=~".+"}[20s])'


def test_a_legend_is_made_of_labels() -> None:
    labels = {"queue": "q", "action": "fail"}
    assert legend("{{queue}} {{ action }}{{gone}}, all", labels) == "q fail, all"


def test_the_last_value_is_the_last_that_there_is() -> None:
    assert Series("a", [1.0, 2.0, math.nan]).last == 2.0
    assert Series("a", [math.nan]).last is None


def test_a_dashboard_is_gathered_as_it_stands() -> None:
    asked: list[tuple[str, Range]] = []

    def ask(expr: str, over: Range) -> list[tuple[Labels, list[float]]]:
        asked.append((expr, over))
        return [({"status": name}, [1.0] * len(over.times)) for name in ("b", "a")]

    for path in sorted(FOLDER.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        dashboard = gather(path, OVER, ask, "20s")
        assert dashboard.title == content["title"]
        assert [panel.title for panel in dashboard.panels] == [
            panel["title"] for panel in content["panels"]
        ]
    assert not [expr for expr, _ in asked if "$" in expr]
    assert {len(over.times) for _, over in asked} == {1, 3}


def test_lines_stand_in_the_order_of_their_names(tmp_path: Path) -> None:
    panel = _only_panel(tmp_path, {"unit": "s", "min": 0}, {"legendFormat": "{{status}}"})
    assert [series.name for series in panel.series] == ["a", "b"]
    assert (panel.low, panel.high, panel.no_value) == (0, None, "No data")


@pytest.mark.parametrize(("value", "colour"), [(0, "green"), (900, "orange"), (5000, "orange")])
def test_a_value_has_the_colour_of_the_threshold_it_passed(
    tmp_path: Path, value: float, colour: str
) -> None:
    steps = [{"color": "green", "value": None}, {"color": "orange", "value": 900}]
    panel = _only_panel(tmp_path, {"unit": "s", "thresholds": {"steps": steps}}, {})
    assert panel.colour(value) == colour


def _only_panel(folder: Path, defaults: dict[str, object], target: dict[str, object]) -> Panel:
    described = {
        "title": "one",
        "type": "timeseries",
        "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8},
        "fieldConfig": {"defaults": defaults},
        "targets": [{"expr": "up", **target}],
    }
    path = folder / "dashboard.json"
    path.write_text(json.dumps({"title": "all", "panels": [described]}), encoding="utf-8")
    values = [1.0, 2.0, 3.0]
    answer: list[tuple[Labels, list[float]]] = [
        ({"status": "b"}, values),
        ({"status": "a"}, values),
    ]
    (panel,) = gather(path, OVER, lambda *_: answer, "20s").panels
    return panel
