"""The parts of a run, one after another, each with servers and folders of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from bench import distributed, ingest, latency, report, retrieve
from bench.api import Unreadable
from bench.documents import NoDocuments, Selection, select
from bench.server import NotStarted

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parent / "samples"


def main(part: str, *, rounds: int, fill: int) -> int:
    """Measure, show and keep. Exit code 1: there were no documents, or no server."""
    console = Console()
    try:
        figures = measure(part, select(os.environ, SAMPLES), console, rounds=rounds, fill=fill)
    except (NoDocuments, NotStarted) as trouble:
        Console(stderr=True).print(str(trouble), markup=False)
        return 1
    report.show(figures, console)
    console.print(f"Kept in {report.write(figures, HERE / 'results', datetime.now(UTC))}")
    return 0


def measure(
    part: str, chosen: Selection, console: Console, *, rounds: int, fill: int
) -> dict[str, Any]:
    """All figures of `part`: ingest, retrieve or all."""
    figures: dict[str, Any] = {"machine": report.machine(), "documents": chosen.record()}
    with tempfile.TemporaryDirectory(prefix="quire-bench-") as name:
        folder, paths = Path(name), chosen.documents
        if part in ("ingest", "all"):
            console.print(f"Ingesting {len(paths)} documents of {chosen.source} …")
            runs = ingest.alternate(paths, rounds, folder)
            figures["ingest"] = [run.record() for run in runs]
            _tell_refused(runs, console)
            console.print("Asking and uploading while documents are read …")
            figures["waiting"] = _waiting(chosen, folder)
        if part in ("retrieve", "all"):
            console.print(f"Asking among {fill:,} chunks …")
            figures["retrieve"] = retrieve.measure(paths, folder / "many", fill)
        if part == "distributed":
            figures |= _distributed(chosen, rounds, folder, console)
    return figures


def _distributed(chosen: Selection, rounds: int, folder: Path, console: Console) -> dict[str, Any]:
    """The cluster beside the embedded server and the straight line, on the same documents."""
    console.print(f"Ingesting {len(chosen.documents)} documents in one process, then in several …")
    runs = ingest.alternate(chosen.documents, rounds, folder)
    figures: dict[str, Any] = {"ingest": [run.record() for run in runs]}
    _tell_refused(runs, console)
    figures["distributed"] = distributed.ingest(chosen.documents, folder / "cluster")
    for system in ("server", "straight"):
        walls = [run.usage.wall_s for run in runs if run.system == system]
        ratio = min(walls) / figures["distributed"]["wall_s"]
        figures["distributed"][f"speed, {system} = 1"] = ratio
    console.print("Small documents, beside nothing and beside a long one …")
    figures["latency"] = distributed.latency(chosen.long_pdf, folder / "latency")
    console.print("Workers whose encoders sleep …")
    figures["scaling"] = distributed.scaling(folder / "scaling")
    return figures


def _waiting(chosen: Selection, folder: Path) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "while_ingesting": latency.while_ingesting(chosen.documents, folder / "busy")
    }
    if chosen.long_pdf:
        try:
            figures["first_page"] = latency.first_page(chosen.long_pdf, folder / "long")
        except Unreadable as reason:
            figures["first_page"] = str(reason)
    return figures


def _tell_refused(runs: Iterable[ingest.Ingest], console: Console) -> None:
    for reason in dict.fromkeys(reason for run in runs for reason in run.refused):
        console.print(f"Refused, and counted as failed: {reason}", markup=False)
