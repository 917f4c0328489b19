"""The monitoring files as data, and a private Prometheus that reads them."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml  # type: ignore[import-untyped]

from tests.server_kit import free_port

ROOT = Path(__file__).parents[1]
PROMETHEUS = ROOT / "deploy" / "prometheus"
DASHBOARDS = sorted((ROOT / "deploy" / "grafana" / "dashboards").glob("*.json"))
RULES = sorted((PROMETHEUS / "rules").glob("*.yml"))
KEY = "the key of the tests"


@dataclass(frozen=True)
class Query:
    """One PromQL expression, and where it stands."""

    where: str
    expr: str

    def filled(self) -> str:
        """As Grafana would send it, with every variable on `All`."""
        return re.sub(r"\$\w+", ".+", self.expr.replace("$__rate_interval", "1m"))


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


def lay_out(folder: Path) -> Path:
    """A copy of the real files whose key is a file that exists here."""
    shutil.copytree(PROMETHEUS, folder, dirs_exist_ok=True)
    key = folder / "key"
    key.write_text(KEY + "\n", encoding="utf-8")
    config = folder / "prometheus.yml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("/run/secrets/quire_metrics_key", str(key)), encoding="utf-8")
    return config


def point_at(config: Path, address: str) -> int:
    """Have the services' job find each of them at `address`, often; all else of it stays.

    How many services there are.
    """
    content = load(config)
    content["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    (job,) = (each for each in content["scrape_configs"] if each["job_name"] == "quire")
    (found,) = job.pop("dns_sd_configs")
    job["static_configs"] = [
        {"targets": [address], "labels": {"__meta_dns_name": name}} for name in found["names"]
    ]
    content["scrape_configs"] = [job]
    config.write_text(json.dumps(content), encoding="utf-8")
    return len(found["names"])


class Prometheus:
    """Its HTTP interface."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=30)

    def is_ready(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return self._http.get("/-/ready").status_code == 200
        return False

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
    address = f"127.0.0.1:{free_port()}"
    log = config.parent / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={config}",
                f"--storage.tsdb.path={config.parent / 'data'}",
                f"--web.listen-address={address}",
            ],
            stdout=out,
            stderr=out,
        )
    prometheus = Prometheus(f"http://{address}")
    try:
        until(prometheus.is_ready, lambda: log.read_text(errors="replace")[-2000:])
        yield prometheus
    finally:
        prometheus.close()
        process.terminate()
        process.wait(timeout=60)


def until(is_so: Callable[[], bool], why: Callable[[], object], *, seconds: float = 60) -> None:
    """Wait for it; `why` says what was the matter when it did not come."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(str(why()))
        time.sleep(0.1)
