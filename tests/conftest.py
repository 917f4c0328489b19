"""Fixtures of all tests, their distribution to workers, and the failure of skipped tests in CI."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.server_discovery import ADDRESSES, server_backends
from tests.support.servers import chroma_url, postgres_url, rabbitmq_url, s3_server, s3_url

__all__ = ["chroma_url", "postgres_url", "rabbitmq_url", "s3_server", "s3_url", "server_backends"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give each worker of pytest-xdist whole files, and one of them all that need the cluster."""
    if not hasattr(config, "workerinput"):
        return
    named = any(os.environ.get(address) for address in ADDRESSES.values())
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item, named)))
    # The cluster's group takes longest and so starts as soon as the fast tests are under way.
    items.sort(key=lambda item: _FOLDERS.index(_folder(item)))


# In the order in which workers begin them.
_FOLDERS = ("unit", "distributed", "contract", "embedded", "e2e")


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).parts[0]


def _group(item: pytest.Item, named: bool) -> str:
    """Return the group whose tests run on one worker: they share servers, or a file."""
    if "cluster" in getattr(item, "fixturenames", ()):
        return "cluster"
    if named and _folder(item) in ("contract", "distributed"):
        return "cluster"  # Tests empty a named server, so that two at once would meet.
    return item.path.name


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
