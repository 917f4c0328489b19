"""Prints the figures of evaluations as tables, and the cases that went wrong."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.report import number
from eval.tally import is_wrong

Figures = Mapping[str, Any]


def show(part: str, figures: Figures, console: Console) -> None:
    """Print one table for each set, and the documents that could not be read."""
    for name, figure in figures.items():
        console.print(_table(f"{part.capitalize()}: {name}", figure))
        for key, reason in figure["unread"].items():
            console.print(f"Not read: {key}: {reason}", markup=False)


def show_cases(figures: Figures, console: Console) -> None:
    """Print each case with another outcome than it should have: question, answer, citations."""
    for name, figure in figures.items():
        for case in filter(is_wrong, figure["cases"]):
            lines = [
                f"{name} {case['id']} ({case['kind']}): {case['outcome']}",
                f"  question  {case['question']}",
                f"  expected  {case['expected'] or 'no answer'}",
                f"  given     {case['response']}",
                *(f"  cited     {_source(cited)}" for cited in case["citations"]),
            ]
            console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)


def commit() -> str | None:
    """Return the commit of this checkout, with a + if files were changed; None without Git."""
    command = ["git", "describe", "--always", "--exclude=*", "--dirty=+"]
    try:
        done = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _table(title: str, figure: Figures) -> Table:
    table = Table(title=title)
    for name in ("", "share", "95 % interval", "of"):
        table.add_column(name, justify="right" if name else "left")
    for name, value in _estimates(figure):
        interval = f"{value['low']:.3f} … {value['high']:.3f}"
        table.add_row(name, f"{value['mean']:.3f}", interval, str(value["count"]))
    for kind, count in figure.get("kinds", {}).items():
        table.add_row(f"as expected: {kind}", str(count["good"]), "", str(count["asked"]))
    latency = figure["latency"]
    for name in ("p50", "p95"):
        table.add_row(f"latency {name}, ms", number(latency[f"{name}_ms"]), "", "")
    table.add_row("documents", str(figure["documents"]), "", "")
    return table


def _estimates(figure: Figures, above: str = "") -> Iterator[tuple[str, Mapping[str, float]]]:
    for name, value in figure.items():
        if isinstance(value, Mapping) and "mean" in value and "low" in value:
            yield f"{above}{name}", value
        elif name in ("answerable", "unanswerable"):
            yield from _estimates(value, f"{name}, ")


def _source(cited: Mapping[str, Any]) -> str:
    page = f", page {cited['page']}" if cited["page"] else ""
    return f"{cited['title'] or cited['source']}{page}: {cited['quote']}"
