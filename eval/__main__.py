"""`python -m eval`: asks a server questions with known answers and prints how well it does."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.report import machine, write
from deploy.local.polling import NotUp
from eval import cases, known_items, report, retrieval
from eval.datasets import BadDataset
from services.cli.exits import CommandError

PARTS: dict[str, Any] = {"retrieval": retrieval, "answers": cases, "items": known_items}


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0, or 1 if the data can't be read or a server fails."""
    options = parser().parse_args(arguments)
    part = PARTS[options.part]
    console = Console()
    try:
        sets = part.sets(options.folder, options.sets)
        figures = {
            name: part.measure(dataset, options.target, console) for name, dataset in sets.items()
        }
    except (BadDataset, CommandError, NotUp) as trouble:
        Console(stderr=True).print(str(trouble), markup=False)
        return 1
    if options.part == "answers" and options.show:
        report.show_cases(figures, console)
    report.show(options.part, figures, console)
    record = {"machine": machine(), "commit": report.commit(), "target": options.target}
    path = write(record | {options.part: figures}, options.results, datetime.now(UTC))
    console.print(f"Kept in {path}")
    return 0


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m eval", description=__doc__)
    parts = made.add_subparsers(dest="part", required=True, metavar="PART")
    for name, what, variable in (
        ("retrieval", "whether questions find the documents that are relevant", "QUIRE_RETRIEVAL"),
        ("answers", "whether answers are right, and missing where there are none", "QUIRE_CASES"),
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
        results = Path(__file__).parent / "results"
        part.add_argument("--results", type=Path, default=results, help="folder for the JSON file")
        if name == "answers":
            part.add_argument(
                "--show", action="store_true", help="print every case with another result"
            )
    return made


if __name__ == "__main__":
    sys.exit(main())
