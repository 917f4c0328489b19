"""The real configuration of Prometheus, led to what runs on this computer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from deploy.local.cluster import Cluster
from deploy.local.services import ROOT
from deploy.local.waiting import LOOPBACK

PROMETHEUS = ROOT / "deploy" / "prometheus"
_CONFIG = "prometheus.yml"
_TARGETS = "targets.json"
_KEY = "/run/secrets/quire_metrics_key"


@dataclass(frozen=True)
class Target:
    """One process that is scraped. Without `instance` it is called by its address."""

    service: str
    address: str
    instance: str = ""


def lay_out(folder: Path, *, key: str = "none") -> Path:
    """A copy of the real files whose key is a file that exists here; the configuration's path."""
    folder = folder.resolve()
    shutil.copytree(PROMETHEUS, folder, dirs_exist_ok=True)
    own = folder / "key"
    own.write_text(f"{key}\n", encoding="utf-8")
    config = folder / _CONFIG
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace(_KEY, str(own)), encoding="utf-8")
    return config


def point_at(
    config: Path, targets: Iterable[Target], *, every_s: int = 1, rabbitmq: int | None = None
) -> None:
    """Have its services' job find these, and RabbitMQ's its port; all else of both stays.

    Other jobs are left out: their exporters are not here.
    """
    content = _load(config)
    content["global"] = {"scrape_interval": f"{every_s}s", "evaluation_interval": f"{every_s}s"}
    jobs = {job["job_name"]: job for job in content["scrape_configs"]}
    quire = jobs.pop("quire")
    del quire["dns_sd_configs"]
    quire["file_sd_configs"] = [{"files": [_TARGETS]}]
    queues = [job for name, job in jobs.items() if rabbitmq and name.startswith("rabbitmq")]
    for job in queues:
        job["static_configs"] = [{"targets": [f"{LOOPBACK}:{rabbitmq}"]}]
    content["scrape_configs"] = [quire, *queues]
    config.write_text(json.dumps(content), encoding="utf-8")
    write_targets(config, targets)


def write_targets(config: Path, targets: Iterable[Target]) -> None:
    """From now on it scrapes these; a server that runs notices by itself."""
    found = [
        {
            "targets": [target.address],
            # As the search by name in DNS leaves it, so that the real relabelling applies.
            "labels": {"__meta_dns_name": target.service}
            | ({"instance": target.instance} if target.instance else {}),
        }
        for target in targets
    ]
    growing = config.with_name("targets.new")
    growing.write_text(json.dumps(found), encoding="utf-8")
    growing.replace(config.with_name(_TARGETS))


def services() -> list[str]:
    """The names that the real configuration scrapes."""
    (job,) = (
        each
        for each in _load(PROMETHEUS / _CONFIG)["scrape_configs"]
        if each["job_name"] == "quire"
    )
    names: list[str] = job["dns_sd_configs"][0]["names"]
    return names


def of_cluster(cluster: Cluster) -> list[Target]:
    """Every process that answers, called by its name."""
    return [
        Target(service.name, f"{LOOPBACK}:{port}", name)
        for name, service in cluster.members.items()
        if (port := cluster.processes[name].port)
    ]


def _load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
