"""What Prometheus answers, as panels want it."""

from __future__ import annotations

import math

import httpx

from deploy.grafana.panels import Labels, Range


def ask(url: str, expr: str, over: Range) -> list[tuple[Labels, list[float]]]:
    """The series of a query, each with a value for each time. httpx.HTTPError: a bad query."""
    reply = httpx.post(
        f"{url}/api/v1/query_range",
        data={"query": expr, "start": over.start, "end": over.end, "step": over.step},
        timeout=60,
        trust_env=False,
    )
    found = reply.raise_for_status().json()["data"]["result"]
    return [(series["metric"], _on(over, series["values"])) for series in found]


def _on(over: Range, points: list[tuple[float, str]]) -> list[float]:
    """A value for each time of the range; neither Grafana nor anybody draws infinity."""
    known = {round(at, 3): float(value) for at, value in points}
    values = (known.get(round(at, 3), math.nan) for at in over.times)
    return [value if math.isfinite(value) else math.nan for value in values]
