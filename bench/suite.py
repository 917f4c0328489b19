"""Runs the parts one after another, each with its own servers and folders."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from bench import distributed, ingest, latency, listeners, report, retrieve
from bench.api import Unreadable
from bench.documents import NoDocuments, Selection, select
from bench.sizes import Sizes
from deploy.local.polling import NotUp

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


def main(part: str, sizes: Sizes, *, results: Path) -> int:
    """Measure, print and write; return 1 if there are no documents or a server fails to start."""
    console = Console()
    try:
        figures = measure(part, sizes, select(os.environ, SAMPLES), console)
    except (NoDocuments, NotUp) as trouble:
        Console(stderr=True).print(str(trouble), markup=False)
        return 1
    report.show(figures, console)
    console.print(f"Kept in {report.write(figures, results, datetime.now(UTC))}")
    return 0


def measure(part: str, sizes: Sizes, chosen: Selection, console: Console) -> dict[str, Any]:
    """Return all figures of `part`: ingest, retrieve, listeners, all or distributed."""
    figures: dict[str, Any] = {"machine": report.machine(), "documents": chosen.record()}
    with tempfile.TemporaryDirectory(prefix="quire-bench-") as name:
        folder, paths = Path(name), chosen.documents
        if part in ("ingest", "all"):
            console.print(f"Ingesting {len(paths)} documents of {chosen.source} …")
            runs = ingest.alternate(paths, sizes, folder)
            figures["ingest"] = [run.record() for run in runs]
            _print_failures(runs, console)
            console.print("Asking and uploading while documents are read …")
            figures["latency"] = _latency(chosen, sizes, folder)
        if part in ("retrieve", "all"):
            console.print(f"Asking among {sizes.chunks:,} chunks …")
            figures["retrieve"] = retrieve.measure(paths, sizes, folder / "many")
        if part == "listeners":
            console.print(f"Following documents with {sizes.listeners:,} listeners …")
            figures["listeners"] = listeners.measure(sizes, folder / "followed")
        if part == "distributed":
            figures |= _distributed(chosen, sizes, folder, console)
    return figures


def _distributed(chosen: Selection, sizes: Sizes, folder: Path, console: Console) -> dict[str, Any]:
    """Compare the cluster with the embedded server and the baseline, on the same documents."""
    console.print(f"Ingesting {len(chosen.documents)} documents in one process, then in several …")
    runs = ingest.alternate(chosen.documents, sizes, folder)
    figures: dict[str, Any] = {"ingest": [run.record() for run in runs]}
    _print_failures(runs, console)
    figures["distributed"] = distributed.ingest(chosen.documents, folder / "cluster")
    for system in ("server", "baseline"):
        walls = [run.usage.wall_s for run in runs if run.system == system]
        ratio = min(walls) / figures["distributed"]["wall_s"]
        figures["distributed"][f"speed, {system} = 1"] = ratio
    console.print("Small documents, alone and beside a long one …")
    figures["latency"] = distributed.latency(chosen.long_pdf, sizes, folder / "latency")
    console.print("Workers whose encoders sleep …")
    figures["scaling"] = distributed.scaling(sizes, folder / "scaling")
    return figures


def _latency(chosen: Selection, sizes: Sizes, folder: Path) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "while_ingesting": latency.while_ingesting(chosen.documents, sizes.busy_s, folder / "busy")
    }
    if chosen.long_pdf:
        try:
            figures["first_page"] = latency.first_page(chosen.long_pdf, folder / "long")
        except Unreadable as reason:
            figures["first_page"] = str(reason)
    return figures


def _print_failures(runs: Iterable[ingest.Ingest], console: Console) -> None:
    for reason in dict.fromkeys(reason for run in runs for reason in run.refused):
        console.print(f"Refused, and counted as failed: {reason}", markup=False)
    for reason in dict.fromkeys(reason for run in runs for reason in run.unread):
        console.print(f"Failed: {reason}", markup=False)
