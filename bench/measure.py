"""Measures CPU and sampled memory of a process and its descendants.

RSS counts a page in every process that maps it; PSS divides it among them, so that the sum over a
tree of forked processes is the memory of the tree.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Self

import psutil

_RSS_EVERY_S = 0.1
# Every fifth sample: to read PSS the kernel walks every page of the process.
_PSS_EVERY = 5
_MB = 1024 * 1024


@dataclass(frozen=True)
class Usage:
    """Use of a process tree. Memory is the largest sampled sum over the tree, in MiB.

    `below_cpu_s` is the part of `cpu_s` used below the first process. `foreign_cpu_s` was spent on
    neither the tree nor this process; where it is large, wall times are not comparable.
    """

    wall_s: float
    cpu_s: float
    below_cpu_s: float
    foreign_cpu_s: float
    peak_rss_mb: float
    peak_pss_mb: float


@dataclass(frozen=True)
class _Reading:
    wall: float
    tree: float
    below: float
    own: float
    machine: float


class Meter:
    """A context manager that measures the process tree of `pid`; `usage` is set at its end."""

    usage: Usage

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._ended = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._peak_rss = self._peak_pss = 0

    def __enter__(self) -> Self:
        self._begin = self._read()
        self._sampler.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._sampler.join()
        begin, end = self._begin, self._read()
        tree = end.tree - begin.tree
        self.usage = Usage(
            wall_s=end.wall - begin.wall,
            cpu_s=tree,
            below_cpu_s=end.below - begin.below,
            foreign_cpu_s=max(0.0, end.machine - begin.machine - tree - (end.own - begin.own)),
            peak_rss_mb=self._peak_rss / _MB,
            peak_pss_mb=self._peak_pss / _MB,
        )

    def _read(self) -> _Reading:
        tree, below = _cpu_seconds(self._root)
        own = os.times()
        return _Reading(perf_counter(), tree, below, own.user + own.system, _machine_seconds())

    def _sample(self) -> None:
        samples = 0
        while True:
            processes = list(_tree(self._root))
            self._peak_rss = max(self._peak_rss, sum(map(_rss, processes)))
            if samples % _PSS_EVERY == 0:
                self._peak_pss = max(self._peak_pss, sum(map(_pss, processes)))
            samples += 1
            if self._ended.wait(_RSS_EVERY_S):
                return


class CpuClock:
    """A context manager that measures the CPU of the process tree of `pid`; `cpu_s` is set last."""

    cpu_s: float

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)

    def __enter__(self) -> Self:
        self._begin = _cpu_seconds(self._root)[0]
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu_s = _cpu_seconds(self._root)[0] - self._begin

    def ms_each(self, actions: int) -> float:
        """Return the milliseconds of one of `actions`; NaN without any."""
        return 1e3 * self.cpu_s / actions if actions else float("nan")


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the nearest-rank percentile; NaN without values."""
    if not values:
        return float("nan")
    ranked = sorted(values)
    return ranked[round(percent / 100 * (len(ranked) - 1))]


def milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    """Return the count and p50, p95 and p99 in milliseconds."""
    return {
        "count": len(seconds),
        "p50_ms": 1e3 * percentile(seconds, 50),
        "p95_ms": 1e3 * percentile(seconds, 95),
        "p99_ms": 1e3 * percentile(seconds, 99),
    }


def _tree(root: psutil.Process) -> Iterator[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        yield root
        yield from root.children(recursive=True)


def _cpu_seconds(root: psutil.Process) -> tuple[float, float]:
    """Return the CPU of the tree and of the part below the root; ended processes are included."""
    tree = own = 0.0
    for process in _tree(root):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            tree += times.user + times.system + times.children_user + times.children_system
            if process.pid == root.pid:
                own = times.user + times.system
    return tree, tree - own


def _machine_seconds() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq)


def _rss(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0


def _pss(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.AccessDenied:
        return _rss(process)
    except psutil.Error:
        return 0
