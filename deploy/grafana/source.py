"""What Prometheus answers, as panels want it."""

from __future__ import annotations

import math
from types import TracebackType

import httpx

from deploy.grafana.panels import Labels, Range


class Source:
    """Its HTTP interface, for a while."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=60, trust_env=False)

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def ask(self, expr: str, over: Range) -> list[tuple[Labels, list[float]]]:
        """The series of a query, each with a value for each time. httpx.HTTPError: a bad query."""
        reply = self._http.post(
            "/api/v1/query_range",
            data={"query": expr, "start": over.start, "end": over.end, "step": over.step},
        )
        found = reply.raise_for_status().json()["data"]["result"]
        return [(series["metric"], _on(over, series["values"])) for series in found]


def _on(over: Range, points: list[tuple[float, str]]) -> list[float]:
    """A value for each time of the range; neither Grafana nor anybody draws infinity."""
    known = {round(at, 3): float(value) for at, value in points}
    values = (known.get(round(at, 3), math.nan) for at in over.times)
    return [value if math.isfinite(value) else math.nan for value in values]
