"""Writes the figures as JSON and prints tables; several rounds are shown by their median."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

PACKAGES = ("openvino", "chromadb", "pymupdf", "sqlalchemy", "fastapi", "uvicorn")
Record = Mapping[str, Any]

Figures = tuple[tuple[str, Callable[[Record], float]], ...]

# Only COMPARED figures have a ratio, because the two systems count seconds of stages differently.
COMPARED: Figures = (
    ("documents a second", lambda run: run["documents_per_s"]),
    ("pages a second", lambda run: run["pages_per_s"]),
    ("chunks a second", lambda run: run["chunks_per_s"]),
    ("wall, s", lambda run: run["usage"]["wall_s"]),
    ("CPU, s", lambda run: run["usage"]["cpu_s"]),
    ("  of it below the main process, s", lambda run: run["usage"]["below_cpu_s"]),
    ("largest RSS sum, MiB", lambda run: run["usage"]["peak_rss_mb"]),
    ("largest PSS sum, MiB", lambda run: run["usage"]["peak_pss_mb"]),
)
STATED: Figures = (
    ("chunks", lambda run: run["chunks"]),
    ("documents that failed", lambda run: run["failed"]),
    ("CPU of other processes, s", lambda run: run["usage"]["foreign_cpu_s"]),
    ("extract, summed s", lambda run: run["stages"].get("extract", 0.0)),
    ("embed, summed s", lambda run: run["stages"].get("embed", 0.0)),
    ("index, summed s", lambda run: run["stages"].get("index", 0.0)),
)


def machine() -> dict[str, Any]:
    """Return the machine and the package versions of the figures."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def write(report: Record, folder: Path, when: datetime) -> Path:
    """Write a report and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{when:%Y%m%d-%H%M%S}.json"
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return path


def show(report: Record, console: Console) -> None:
    """Print every part of the report."""
    console.print(f"[dim]{report['machine']['processor']}, {report['machine']['cores']} cores[/]")
    if runs := report.get("ingest"):
        console.print(comparison(runs))
        console.print(plain("server", middle([run["extra"] for run in runs if run["extra"]])))
    for part in ("latency", "retrieve", "listeners", "distributed", "scaling"):
        if part in report:
            console.print(plain(part, report[part]))


def comparison(runs: Sequence[Record]) -> Table:
    """Compare server and baseline; a ratio is the median of the rounds' ratios."""
    table = Table(title=f"Ingest of {runs[0]['documents']} documents")
    table.add_column("")
    for name in ("server", "baseline", "ratio"):
        table.add_column(name, justify="right")
    servers, baselines = (
        [run for run in runs if run["system"] == name] for name in ("server", "baseline")
    )
    for name, figure in COMPARED + STATED:
        ours, theirs = [figure(run) for run in servers], [figure(run) for run in baselines]
        ratios = [mine / other for mine, other in zip(ours, theirs, strict=True) if other]
        shown = ratios and (name, figure) in COMPARED
        ratio = f"{median(ratios):.2f}" if shown else ""
        table.add_row(name, number(median(ours)), number(median(theirs)), ratio)
    return table


def middle(rounds: Sequence[Record]) -> dict[str, Any]:
    """Return the median of each figure over records of one shape."""
    return {
        key: middle([each[key] for each in rounds])
        if isinstance(value, Mapping)
        else median(each[key] for each in rounds)
        for key, value in rounds[0].items()
    }


def plain(title: str, figures: Record) -> Table:
    """Make a table with one row for each figure."""
    table = Table(title=title.capitalize(), show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in _flat(figures):
        table.add_row(name, number(value) if isinstance(value, float | int) else str(value))
    return table


def number(value: float) -> str:
    """Format with three significant digits and grouped thousands."""
    if value != value or isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _flat(figures: Record, above: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for key, value in figures.items():
        name = f"{above}{key.replace('_', ' ')}"
        rows += _flat(value, f"{name}: ") if isinstance(value, Mapping) else [(name, value)]
    return rows


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
