"""A private cluster at work, and a real Prometheus that looks on."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from deploy.grafana.load import WORKER, play
from deploy.grafana.panels import Mark, Range
from deploy.grafana.source import ask
from deploy.local.cluster import Cluster
from deploy.local.prometheus import Prometheus
from deploy.local.scraping import lay_out, of_cluster, point_at, write_targets
from deploy.local.servers import Servers
from deploy.local.services import SERVICES
from deploy.local.waiting import until

EVERY_S = 3
# As Grafana makes it from the interval above.
RATE_INTERVAL = f"{4 * EVERY_S}s"
# Before the first rate can be told, and after the last work.
_QUIET_S = 5 * EVERY_S
_SETTINGS = {"QUIRE_EMBEDDER_CONCURRENCY": "1", "QUIRE_ENCODER_THREADS": "1"}


@dataclass(frozen=True)
class Recording:
    """From when to when there are data, and what happened in between."""

    over: Range
    marks: Sequence[Mark]

    def keep(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def kept(cls, path: Path) -> Recording:
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(Range(**content["over"]), [Mark(**each) for each in content["marks"]])


def prometheus_in(folder: Path) -> Prometheus:
    """What recorded there, with its data, and scrapes nothing any more."""
    config = folder / "prometheus" / "prometheus.yml"
    write_targets(config, [])
    return Prometheus(config.parent, config)


def record(folder: Path, documents: Sequence[Path]) -> Recording:
    """Work for some minutes; what Prometheus has seen of it stays in `folder`."""
    for name in ("cluster", "prometheus", "notes"):
        shutil.rmtree(folder / name, ignore_errors=True)
    place = folder / "cluster"
    place.mkdir(parents=True)
    # On few cores only workers that compute nothing can show what more of them do.
    services = [
        replace(each, module="bench.sleeping_worker") if each.name == WORKER else each
        for each in SERVICES
    ]
    with (
        Servers(place, metrics=True) as servers,
        Cluster(place, servers=servers, services=services, settings=_SETTINGS) as cluster,
    ):
        config, port = lay_out(folder / "prometheus"), servers.rabbitmq.metrics_port
        point_at(config, of_cluster(cluster), every_s=EVERY_S, rabbitmq=port)
        prometheus = Prometheus(config.parent, config)
        prometheus.start()
        try:
            _wait_for_rates(prometheus)
            begun = time.time()
            marks = play(
                cluster,
                documents,
                folder / "notes",
                joined=lambda: write_targets(config, of_cluster(cluster)),
            )
            time.sleep(_QUIET_S)
            return Recording(Range(begun, time.time(), EVERY_S), marks)
        finally:
            prometheus.stop()


def _wait_for_rates(prometheus: Prometheus) -> None:
    """Until everything that is scraped has been for a while. NotUp: something is not."""
    scrapes = f"min(sum_over_time(up[1m])) >= {_QUIET_S / EVERY_S}"

    def scraped() -> bool:
        now = time.time()
        return bool(ask(prometheus.url, scrapes, Range(now, now, EVERY_S)))

    until(scraped, seconds=60, otherwise=lambda: "Not everything lets itself be scraped.")
