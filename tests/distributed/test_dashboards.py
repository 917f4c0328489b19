"""A real Prometheus accepts the rules, passes their tests and answers the query of every panel."""

from __future__ import annotations

import itertools
import math
import shutil
import subprocess
import threading
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from prometheus_client import Counter, Gauge, Histogram

from deploy.local.polling import until
from shared.domain.stages import TASK_TYPES
from shared.domain.status import DOCUMENT_STATUSES, TASK_STATUSES
from shared.telemetry import metrics
from tests.support import prometheus as kit
from tests.support.prometheus import Prometheus, Query

# What each metric is labelled with where it is counted.
LABELS: dict[Counter | Gauge | Histogram, Iterable[tuple[str, ...]]] = {
    metrics.TASK_SECONDS: itertools.product(TASK_TYPES, ("completed", "failed")),
    metrics.HTTP_SECONDS: itertools.product(("GET",), ("/api/v1/query",), ("200", "503")),
    metrics.QUERY_SECONDS: [("retrieve",), ("answer",)],
    metrics.SWEPT: [("expired",), ("hinted",), ("failed",)],
    metrics.DOCUMENTS: [(status,) for status in DOCUMENT_STATUSES],
    metrics.TASKS: itertools.product(TASK_TYPES, TASK_STATUSES),
    metrics.OLDEST_PENDING: [()],
    metrics.EVENTS_UNPUBLISHED: [()],
    metrics.LEASES_LOST: [()],
    metrics.ATTEMPTS: itertools.product(TASK_TYPES, ("fail", "retry", "retry_strict", "drop")),
    metrics.CHUNKS: [("extract",), ("embed",), ("index",)],
    metrics.BATCH_TEXTS: [()],
    metrics.BATCH_SECONDS: [()],
    metrics.LISTENERS: [()],
    metrics.ENDED_LISTENERS: [("stopping",), ("too_slow",)],
    metrics.CELERY_QUEUE: [("quire.embed",), ("quire.embed.bulk",)],
    metrics.CACHE: [("cache",), ("encoder",)],
    metrics.READ_MODEL_LAG_EVENTS: [("keywords",), ("vectors",)],
    metrics.READ_MODEL_LAG_SECONDS: [("keywords",), ("vectors",)],
    metrics.READ_MODEL_REBUILDS: [()],
    metrics.QUERY_CACHE: itertools.product(("vectors", "passages", "rows"), ("hit", "miss")),
    metrics.INDEX_RECALL: [()],
    metrics.SANDBOX_RULES: [("seccomp",), ("landlock",)],
    metrics.DISK_FREE: [()],
    metrics.CONNECTIONS: [()],
    metrics.REFUSED_REQUESTS: [("too_many_requests",)],
    metrics.CLOSED_CONNECTIONS: [("head",)],
    metrics.LLM_REQUESTS: [("completed",), ("timeout",)],
    metrics.LLM_FIRST_TOKEN_SECONDS: [()],
    metrics.LLM_TOKENS: [("prompt",), ("completion",)],
    metrics.CLAIMS: [("exact",), ("unsupported",)],
    metrics.INVENTED_MARKS: [()],
}
# Prometheus scrapes each second; the rest is for a busy machine.
SCRAPED_WITHIN_S = 300.0
SERIES = [
    metric.labels(*labels) if labels else metric
    for metric, labellings in LABELS.items()
    for labels in labellings
]


class Exposition(BaseHTTPRequestHandler):
    """Serves `/metrics` of a service whose every metric changes between any two scrapes."""

    def do_GET(self) -> None:
        if self.headers["Authorization"] != f"Bearer {kit.KEY}":
            self.send_error(401)
            return
        for series in SERIES:
            series.observe(0.2) if isinstance(series, Histogram) else series.inc()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(metrics.render_metrics())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def programs() -> None:
    for program in ("prometheus", "promtool"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed; it comes with the package prometheus")


@pytest.fixture(scope="module")
def prometheus(programs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """The real configuration and rules, with enough scraped for rates."""
    config = kit.lay_out(tmp_path_factory.mktemp("prometheus"))
    services = kit.services(config)
    with ThreadingHTTPServer(("127.0.0.1", 0), Exposition) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"127.0.0.1:{server.server_port}"
        kit.point_at(config, address)
        try:
            with kit.running(config) as running:
                scrapes = 'sum_over_time(up{job="quire"}[5m])'
                until(
                    lambda: sum(n > 2 for n in running.query(scrapes)) == len(services),
                    seconds=SCRAPED_WITHIN_S,
                    otherwise=lambda: "Not every service was scraped three times.",
                )
                until(
                    lambda: not running.unhealthy_rules(),
                    seconds=SCRAPED_WITHIN_S,
                    otherwise=lambda: f"These rules fail: {running.unhealthy_rules()}",
                )
                yield running
        finally:
            server.shutdown()


def promtool(*arguments: str | Path) -> None:
    done = subprocess.run(
        ["promtool", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_configuration_is_valid(programs: None, tmp_path: Path) -> None:
    promtool("check", "config", kit.lay_out(tmp_path))


def test_the_rules_are_valid(programs: None) -> None:
    promtool("check", "rules", "--lint=all", "--lint-fatal", *kit.RULES)


def test_alerts_fire_when_they_should(programs: None) -> None:
    promtool("test", "rules", *sorted((kit.PROMETHEUS / "tests").glob("*.yml")))


def test_every_metric_is_touched() -> None:
    families = {family.name for family in metrics.METRICS.collect()}
    assert families == {family.name for metric in LABELS for family in metric.collect()}


@pytest.mark.parametrize(
    "query", kit.panel_queries() + kit.variable_queries(), ids=lambda query: query.where
)
def test_a_query_is_answered(prometheus: Prometheus, query: Query) -> None:
    values = prometheus.query(query.filled())
    if "quire" in query.expr and "rabbitmq" not in query.expr:
        # What other tests have left in the registry stands still, which gives rates of nothing.
        assert not all(map(math.isnan, values))
