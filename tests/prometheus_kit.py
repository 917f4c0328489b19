"""The monitoring files as data, and a private Prometheus that reads them."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml  # type: ignore[import-untyped]

from deploy.grafana.panels import FOLDER, filled
from deploy.local.prometheus import Prometheus as Server
from deploy.local.scraping import PROMETHEUS

DASHBOARDS = sorted(FOLDER.glob("*.json"))
RULES = sorted((PROMETHEUS / "rules").glob("*.yml"))
KEY = "the key of the tests"


@dataclass(frozen=True)
class Query:
    """One PromQL expression, and where it stands."""

    where: str
    expr: str

    def filled(self) -> str:
        """As Grafana would send it."""
        return filled(self.expr, "1m")


def load(path: Path) -> Any:
    """A YAML or JSON file; the second is a case of the first."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def rules() -> list[dict[str, Any]]:
    return [rule for path in RULES for group in load(path)["groups"] for rule in group["rules"]]


def panel_queries() -> list[Query]:
    """Every target of every panel."""
    return [
        Query(f"{path.stem}: {panel['title']}", target["expr"])
        for path in DASHBOARDS
        for panel in load(path)["panels"]
        for target in panel["targets"]
    ]


def variable_queries() -> list[Query]:
    """What dashboards fill their variables from."""
    return [
        Query(f"{path.stem}: ${variable['name']}", found[1])
        for path in DASHBOARDS
        for variable in load(path).get("templating", {}).get("list", [])
        if (found := re.fullmatch(r"label_values\((.+), \w+\)", variable["query"]["query"]))
    ]


class Prometheus:
    """Its HTTP interface."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=30)

    def query(self, expr: str) -> list[float]:
        """The values of an instant vector. A bad expression is an error of the test."""
        answer = self._http.get("/api/v1/query", params={"query": expr}).json()
        assert answer["status"] == "success", answer
        return [float(sample["value"][1]) for sample in answer["data"]["result"]]

    def sick_rules(self) -> list[str]:
        """The names of rules that failed, or that were not evaluated yet."""
        groups = self._http.get("/api/v1/rules").json()["data"]["groups"]
        return [
            rule["name"] for group in groups for rule in group["rules"] if rule["health"] != "ok"
        ]

    def close(self) -> None:
        self._http.close()


@contextlib.contextmanager
def running(config: Path) -> Iterator[Prometheus]:
    """A server with this configuration, on a port of its own and for this computer only."""
    server = Server(config.parent, config)
    server.start()
    prometheus = Prometheus(server.url)
    try:
        yield prometheus
    finally:
        prometheus.close()
        server.stop()


def until(is_so: Callable[[], bool], why: Callable[[], object], *, seconds: float = 60) -> None:
    """Wait for it; `why` says what was the matter when it did not come."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(str(why()))
        time.sleep(0.1)
