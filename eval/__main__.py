"""`python -m eval`: measures answers, searches and the reading of files, and prints the figures."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.report import machine, write
from deploy.local.polling import NotUp
from eval import (
    beside,
    cases,
    everything,
    extraction,
    fit,
    gates,
    known_items,
    report,
    retrieval,
    scans,
    verdicts,
)
from eval.datasets import BadDataset
from services.cli.exits import CommandError

PARTS: dict[str, Any] = {"retrieval": retrieval, "answers": cases, "items": known_items}


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0, or 1 if the data can't be read or a server fails."""
    options = parser().parse_args(arguments)
    console = Console()
    try:
        path = _MEASURED.get(options.part, _some)(options, console)
    except (BadDataset, CommandError, NotUp) as trouble:
        Console(stderr=True).print(str(trouble), markup=False)
        return 1
    console.print(f"Kept in {path}")
    return 0


def _some(options: argparse.Namespace, console: Console) -> Path:
    part = PARTS[options.part]
    figures = {
        name: part.measure(dataset, options.target, console)
        for name, dataset in part.sets(options.folder, options.sets).items()
    }
    if options.part == "answers" and options.show:
        report.show_cases(figures, console)
    report.show(options.part, figures, console)
    return _kept(options, figures, datetime.now(UTC))


def _all(options: argparse.Namespace, console: Console) -> Path:
    begun = datetime.now(UTC)
    figures: dict[str, Any] = {}
    path = _kept(options, figures, begun)
    for name, figure in everything.measure(console, options.only):
        figures[name] = figure
        # A run takes long, so that each set is kept when it is measured.
        path = _kept(options, figures, begun)
    console.print(gates.markdown(figures), markup=False, highlight=False, soft_wrap=True)
    return path


def _extraction(options: argparse.Namespace, console: Console) -> Path:
    chosen = extraction.samples(options.folder, options.sets)
    tools = beside.folders(options.beside)
    figures = extraction.measure(chosen, console)
    figures["beside"] = beside.measure(chosen, tools, figures["files"])
    report.show_extraction(figures, console)
    return _kept(options, figures, datetime.now(UTC))


def _scans(options: argparse.Namespace, console: Console) -> Path:
    figures = scans.measure(options.folder, console)
    report.show_scans(figures, console)
    return _kept(options, figures, datetime.now(UTC))


def _fit(options: argparse.Namespace, console: Console) -> Path:
    sets = retrieval.sets(options.folder, options.sets)
    figures = fit.measure(sets, options.target, console)
    fit.show(figures, console)
    return _kept(options, figures, datetime.now(UTC))


def _verdicts(options: argparse.Namespace, console: Console) -> Path:
    return _kept(options, verdicts.measure(console), datetime.now(UTC))


_MEASURED = {
    "all": _all,
    "extraction": _extraction,
    "fit": _fit,
    "scans": _scans,
    "verdicts": _verdicts,
}


def _kept(options: argparse.Namespace, figures: Mapping[str, Any], when: datetime) -> Path:
    record = {"machine": machine(), "commit": report.commit()}
    return write(record | {options.part: figures}, options.results, when)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m eval", description=__doc__)
    parts = made.add_subparsers(dest="part", required=True, metavar="PART")
    for name, what, variable in (
        ("retrieval", "whether questions find the documents that are relevant", "QUIRE_RETRIEVAL"),
        ("answers", "whether answers are right, and missing where there are none", "QUIRE_CASES"),
        ("fit", "which weights of fusion and re-scoring are best", "QUIRE_RETRIEVAL"),
        ("items", "whether runs of words find the passages they were taken from", "QUIRE_BENCH"),
    ):
        part = parts.add_parser(name, help=what, description=what)
        part.add_argument("sets", nargs="*", help="names below the folder; by default all")
        part.add_argument(
            "--folder",
            type=Path,
            default=os.environ.get(variable) or None,
            help=f"the folder of the sets (by default {variable})",
        )
        part.add_argument(
            "--target", help="address of a running server; by default one is started for each set"
        )
        _add_results(part)
        if name == "answers":
            part.add_argument(
                "--show", action="store_true", help="print every case with another result"
            )
    files = parts.add_parser(
        "extraction", help="how well files are read", description=extraction.__doc__
    )
    files.add_argument("sets", nargs="*", metavar="FILE", help="names of documents; by default all")
    files.add_argument(
        "--beside",
        action="append",
        default=[],
        metavar="NAME=FOLDER",
        help="Markdown that another tool made of the same files (eval/peers/markdown.py)",
    )
    _add_corpus(files, "documents and known texts")
    _add_results(files)
    checks = parts.add_parser(
        "verdicts",
        help="which false statements the check of written answers finds",
        description=verdicts.__doc__,
    )
    _add_results(checks)
    scanned = parts.add_parser(
        "scans", help="how well scans are recognised", description=scans.__doc__
    )
    _add_corpus(scanned, "documents")
    _add_results(scanned)
    whole = parts.add_parser("all", help="all gates", description=everything.__doc__)
    whole.add_argument("--only", default="", help="measure sets whose name starts with this")
    _add_results(whole)
    return made


def _add_corpus(part: argparse.ArgumentParser, content: str) -> None:
    part.add_argument(
        "--folder",
        type=Path,
        default=os.environ.get("QUIRE_CORPUS") or None,
        help=f"the folder of {content} (by default QUIRE_CORPUS)",
    )


def _add_results(part: argparse.ArgumentParser) -> None:
    results = Path(__file__).parent / "results"
    part.add_argument("--results", type=Path, default=results, help="folder for the JSON file")


if __name__ == "__main__":
    sys.exit(main())
