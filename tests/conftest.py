"""Fixtures of all tests, their distribution to workers, and the failure of skipped tests in CI."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

from tests.support.encoders import small_model
from tests.support.server_discovery import ADDRESSES, server_backends
from tests.support.servers import (
    chroma_url,
    postgres_url,
    rabbitmq_url,
    redis_url,
    s3_server,
    s3_url,
)
from tests.support.warm import warm_parent, warm_starts

__all__ = [
    "chroma_url",
    "postgres_url",
    "rabbitmq_url",
    "redis_url",
    "s3_server",
    "s3_url",
    "server_backends",
    "small_model",
    "warm_parent",
    "warm_starts",
]


# Without compiled files each process that tests start compiles all modules again, which takes it
# 0.4 s of processor time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# The order in which workers of pytest-xdist begin them. One starts with the files of the cluster,
# which take longest, and another with the fast tests; short files at the end keep both busy.
_FOLDERS = ("unit", "distributed", "embedded", "e2e", "contract")
_ON_ONE_CLUSTER = ("distributed/test_cluster.py", "distributed/test_faults.py")


class WholeFiles(LoadFileScheduling):
    """Gives each worker whole files, and one of them all files that share the cluster."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        if file.endswith(_ON_ONE_CLUSTER) or (_servers_are_named() and "/unit/" not in file):
            return "cluster"
        return file


def _servers_are_named() -> bool:
    """Return whether tests share a server by address: they empty it, so only one worker may."""
    return any(os.environ.get(address) for address in ADDRESSES.values())


# pytest-xdist's own groups (--dist loadgroup) have no effect with pytest 9.2: version 3.8 writes
# them to an attribute that pytest does not read any more.
@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    return WholeFiles(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=_turn)


def _turn(item: pytest.Item) -> tuple[bool, int]:
    """Return the key that sorts the files of the cluster first, then folders in their order."""
    path = item.path.relative_to(Path(__file__).parent)
    return not path.as_posix().endswith(_ON_ONE_CLUSTER), _FOLDERS.index(path.parts[0])


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
