"""The monitoring files as data, and a private Prometheus that reads them."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from deploy.local import server
from deploy.local.polling import LOOPBACK, answers
from deploy.local.services import ROOT
from tests.support import yaml_text

PROMETHEUS = ROOT / "deploy" / "prometheus"
DASHBOARDS = sorted((ROOT / "deploy" / "grafana" / "dashboards").glob("*.json"))
RULES = sorted((PROMETHEUS / "rules").glob("*.yml"))
KEY = "the key of the tests"


@dataclass(frozen=True)
class Query:
    """One PromQL expression and its place in a dashboard."""

    where: str
    expr: str

    def filled(self) -> str:
        """Return the expression as Grafana sends it with every variable on `All`."""
        return re.sub(r"\$\w+", ".+", self.expr.replace("$__rate_interval", "1m"))


def load(path: Path) -> Any:
    """Read a YAML file; JSON is valid YAML."""
    return yaml_text.load(path.read_text(encoding="utf-8"))


def rules() -> list[dict[str, Any]]:
    return [rule for path in RULES for group in load(path)["groups"] for rule in group["rules"]]


def panel_queries() -> list[Query]:
    """Return every target of every panel."""
    return [
        Query(f"{path.stem}: {panel['title']}", target["expr"])
        for path in DASHBOARDS
        for panel in load(path)["panels"]
        for target in panel["targets"]
    ]


def variable_queries() -> list[Query]:
    """Return the metrics from which dashboards fill their variables."""
    return [
        Query(f"{path.stem}: ${variable['name']}", found[1])
        for path in DASHBOARDS
        for variable in load(path).get("templating", {}).get("list", [])
        if (found := re.fullmatch(r"label_values\((.+), \w+\)", variable["query"]["query"]))
    ]


def services(config: Path) -> list[str]:
    """Return the service names that Quire's scrape job looks up."""
    names: list[str] = _quire_job(load(config))["dns_sd_configs"][0]["names"]
    return names


def lay_out(folder: Path) -> Path:
    """Copy the monitoring files with a key file that exists; return the configuration's path."""
    shutil.copytree(PROMETHEUS, folder, dirs_exist_ok=True)
    own = folder / "key"
    own.write_text(f"{KEY}\n", encoding="utf-8")
    config = folder / "prometheus.yml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("/run/secrets/quire_metrics_key", str(own)), encoding="utf-8")
    return config


def point_at(config: Path, address: str) -> None:
    """Let Quire's job scrape every service at `address` each second, and drop all other jobs."""
    content = load(config)
    job = _quire_job(content)
    # With the label that DNS discovery sets, so that the real relabelling applies.
    job["static_configs"] = [
        {"targets": [address], "labels": {"__meta_dns_name": name}} for name in services(config)
    ]
    del job["dns_sd_configs"]
    content["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    content["scrape_configs"] = [job]
    config.write_text(json.dumps(content), encoding="utf-8")


def _quire_job(content: Any) -> Any:
    return next(job for job in content["scrape_configs"] if job["job_name"] == "quire")


class Server(server.LocalServer):
    """A private Prometheus; paths in its configuration are relative to that file."""

    name = "prometheus"
    package = "prometheus"

    def __init__(self, config: Path) -> None:
        super().__init__(config.parent)
        self._config = config

    @classmethod
    def program(cls) -> Path | None:
        found = shutil.which("prometheus")
        return Path(found) if found else None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def is_up(self) -> bool:
        return answers(self.port, "/-/ready")

    def _command(self, program: Path) -> list[str]:
        return [
            str(program),
            f"--config.file={self._config}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            f"--web.listen-address={LOOPBACK}:{self.port}",
        ]


class Prometheus:
    """A client of the HTTP API of Prometheus."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=30)

    def query(self, expr: str) -> list[float]:
        """Return the values of an instant vector; a bad expression fails the test."""
        answer = self._http.get("/api/v1/query", params={"query": expr}).json()
        assert answer["status"] == "success", answer
        return [float(sample["value"][1]) for sample in answer["data"]["result"]]

    def unhealthy_rules(self) -> list[str]:
        """Return the names of rules that failed or are not evaluated yet."""
        groups = self._http.get("/api/v1/rules").json()["data"]["groups"]
        return [
            rule["name"] for group in groups for rule in group["rules"] if rule["health"] != "ok"
        ]

    def close(self) -> None:
        self._http.close()


@contextlib.contextmanager
def running(config: Path) -> Iterator[Prometheus]:
    """Yield a client of a server with this configuration, on a free local port."""
    server = Server(config)
    server.start()
    prometheus = Prometheus(server.url)
    try:
        yield prometheus
    finally:
        prometheus.close()
        server.stop()
