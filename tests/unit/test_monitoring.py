"""Rules and dashboards name existing metrics, and alerts say what to do."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from deploy.local.services import ROOT
from shared.telemetry.metrics import METRICS
from tests.support import prometheus as kit
from tests.support.prometheus import DASHBOARDS, RULES, Query

# Metrics of Prometheus, RabbitMQ, the exporters, and an optional node exporter.
FOREIGN = set(
    "ALERTS up pg_up redis_up"
    " node_filesystem_avail_bytes node_filesystem_size_bytes"
    " rabbitmq_alarms_free_disk_space_watermark rabbitmq_alarms_memory_used_watermark"
    " rabbitmq_detailed_queue_consumers rabbitmq_detailed_queue_messages"
    " rabbitmq_disk_space_available_bytes".split()
)
# Every replica reports the same value, so only recording rules, which use max, may name them.
TOLD_BY_EACH = {
    "quire_documents",
    "quire_tasks",
    "quire_oldest_pending_task_seconds",
    "quire_celery_queue_messages",
}
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
# Units of Grafana; it shows an unknown one as text behind the number.
UNITS = {"short", "s", "percentunit", "cps", "reqps"}

RECORDED = {rule["record"] for rule in kit.rules() if "record" in rule}
ALERTS = {rule["alert"]: rule for rule in kit.rules() if "alert" in rule}
RULE_QUERIES = [Query(rule.get("record") or rule["alert"], rule["expr"]) for rule in kit.rules()]
PANEL_QUERIES = kit.panel_queries() + kit.variable_queries()
TESTED = [
    expectation
    for path in sorted((kit.PROMETHEUS / "tests").glob("*.yml"))
    for test in kit.load(path)["tests"]
    for expectation in test["promql_expr_test"]
]

# Parts of an expression that are not metrics; each is removed before the next is searched.
_NO_METRIC = (
    r'"[^"]*"',
    r"\{[^}]*\}|\[[^]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)",
    r"\b(?:and|or|unless|bool|offset \w+)\b|\b\w+(?=\s*\()|(?<![\w:])[\d.]+(?:e\d+)?",
)


def metrics_in(expr: str) -> set[str]:
    """Return the metrics of an expression, found without parsing it fully."""
    for pattern in _NO_METRIC:
        expr = re.sub(pattern, " ", expr)
    return set(re.findall(r"[A-Za-z_][\w:]*", expr))


def exposed() -> set[str]:
    return {
        family.name + suffix for family in METRICS.collect() for suffix in SUFFIXES[family.type]
    }


def test_metrics_are_found_in_an_expression() -> None:
    expr = 'sum by (le) (rate(a{b=~"c{2}"}[5m])) / 2.5e3 unless on (d) max(e:f) > g offset 1h'
    assert metrics_in(expr) == {"a", "e:f", "g"}


def test_counters_are_exposed_before_their_first_event() -> None:
    counters = [family for family in METRICS.collect() if family.type == "counter"]
    assert [family.name for family in counters if not family.samples] == []


@pytest.mark.parametrize("query", RULE_QUERIES + PANEL_QUERIES, ids=lambda query: query.where)
def test_every_metric_exists(query: Query) -> None:
    named = metrics_in(query.filled())
    assert named
    assert named <= exposed() | RECORDED | FOREIGN


@pytest.mark.parametrize("query", PANEL_QUERIES, ids=lambda query: query.where)
def test_panels_do_not_sum_what_every_replica_reports(query: Query) -> None:
    assert not metrics_in(query.filled()) & TOLD_BY_EACH


@pytest.mark.parametrize("name", ALERTS)
def test_alerts_do_not_sum_what_every_replica_reports(name: str) -> None:
    assert not metrics_in(ALERTS[name]["expr"]) & TOLD_BY_EACH


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_what_to_do(name: str) -> None:
    alert = ALERTS[name]
    assert alert["labels"]["severity"] in ("warning", "critical")
    assert alert["annotations"]["summary"]
    operations = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    sections = re.findall(r"^#+ (.+)$", operations, re.MULTILINE)
    named = re.search(r'See docs/operations\.md, "(.+)"\.$', alert["annotations"]["description"])
    assert named
    assert named[1] in sections


@pytest.mark.parametrize("name", ALERTS)
def test_every_alert_has_a_firing_and_a_silent_test(name: str) -> None:
    about = [each for each in TESTED if f'"{name}"' in each["expr"]]
    assert {bool(each.get("exp_samples")) for each in about} == {True, False}


def test_dashboards_have_different_titles_and_ids() -> None:
    dashboards = [kit.load(path) for path in DASHBOARDS]
    for key in ("uid", "title"):
        assert len({each[key] for each in dashboards}) == len(dashboards)


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_every_panel_is_complete(path: Path) -> None:
    panels = kit.load(path)["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
        assert panel["targets"]
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_no_panel_hides_another(path: Path) -> None:
    for one, other in combinations(kit.load(path)["panels"], 2):
        assert not _overlap(one["gridPos"], other["gridPos"]), (one["title"], other["title"])


def _overlap(a: dict[str, int], b: dict[str, int]) -> bool:
    return all(
        a[at] < b[at] + b[size] and b[at] < a[at] + a[size] for at, size in (("x", "w"), ("y", "h"))
    )


def test_every_dashboard_reads_the_provisioned_source() -> None:
    provisioning = ROOT / "deploy" / "grafana" / "provisioning"
    (source,) = kit.load(provisioning / "datasources" / "prometheus.yml")["datasources"]
    for path in DASHBOARDS:
        dashboard = kit.load(path)
        parts = dashboard["panels"] + dashboard.get("templating", {}).get("list", [])
        assert {part["datasource"]["uid"] for part in parts} == {source["uid"]}


def test_scraped_hosts_are_services_of_compose() -> None:
    services = set(kit.load(ROOT / "docker-compose.yml")["services"])
    assert _hosts(kit.load(kit.PROMETHEUS / "prometheus.yml")["scrape_configs"]) <= services


def _hosts(jobs: list[dict[str, Any]]) -> set[str]:
    found = {name for job in jobs for at in job.get("dns_sd_configs", []) for name in at["names"]}
    return found | {
        target.partition(":")[0]
        for job in jobs
        for at in job.get("static_configs", [])
        for target in at["targets"]
    }


def test_rules_are_where_prometheus_looks() -> None:
    (pattern,) = kit.load(kit.PROMETHEUS / "prometheus.yml")["rule_files"]
    assert sorted(kit.PROMETHEUS.glob(pattern)) == RULES
