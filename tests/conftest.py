"""What every test can ask for, and the rule that in CI nothing is left out in silence."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from tests.support.server_discovery import server_backends
from tests.support.servers import chroma_url, postgres_url, rabbitmq_url, s3_server, s3_url

__all__ = ["chroma_url", "postgres_url", "rabbitmq_url", "s3_server", "s3_url", "server_backends"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if _in_ci() and report.skipped and not _may_be_left_out(item, report):
        _fail(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if _in_ci() and report.skipped:
        _fail(report)
    return report


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true")


def _may_be_left_out(item: pytest.Item, report: pytest.TestReport) -> bool:
    return item.get_closest_marker("optional") is not None or hasattr(report, "wasxfail")


def _fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"left out, which CI does not allow: {reason}"
