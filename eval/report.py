"""Prints the figures of evaluations as tables, and the cases that went wrong."""

from __future__ import annotations

import math
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.report import number
from eval.extraction_measures import SHARES
from eval.tally import is_wrong

Figures = Mapping[str, Any]


def show(part: str, figures: Figures, console: Console) -> None:
    """Print one table for each set, and the documents that could not be read."""
    for name, figure in figures.items():
        console.print(_table(f"{part.capitalize()}: {name}", figure))
        for key, reason in figure["unread"].items():
            console.print(f"Not read: {key}: {reason}", markup=False)


def show_extraction(figures: Figures, console: Console) -> None:
    """Print how well each file with a known text was read, all files, and what was not read."""
    rows = [["(beside it MuPDF's plain text)", *SHARES, "headings", "false", "breaks", "ms a page"]]
    for name, figure in figures["files"].items():
        if "quire" in figure:
            counts = (str(figure["breaks"]), number(figure["cpu_ms_a_page"]))
            rows.append([name, *_compared(figure["quire"], figure.get("plain")), *counts])
    for kind in ("pdf", "docx"):
        if ours := figures.get(f"{kind} quire"):
            name = f"{ours['files']} {kind} files with text"
            rows.append([name, *_compared(ours, figures.get(f"{kind} plain")), "", ""])
        for name, theirs in figures.get("beside", {}).items():
            if name.startswith(f"{kind} "):
                rows.append(
                    [f"the same with {name[len(kind) + 1 :]}", *_compared(theirs, None), "", ""]
                )
        if phrases := figures.get(f"{kind} probes"):
            name = f"phrases kept whole, of {phrases['asked']}"
            rows.append(
                [name, f"{phrases['quire']} ({phrases['plain']})", *[""] * (len(SHARES) + 3)]
            )
        for half, sums in figures.get(f"{kind} marked", {}).items():
            name = f"headings of marked pages, {half}"
            counts = (f"{sums['found']}/{sums['asked']}", str(sums["told"] - sums["found"]))
            rows.append([name, *[""] * len(SHARES), *counts, "", ""])
        if f"{kind} breaks" in figures:
            name = f"breaks inside sentences, all {kind} files"
            rows.append([name, *[""] * (len(SHARES) + 2), str(figures[f"{kind} breaks"]), ""])
    # A table of the library would fold the cells where the output is not a terminal.
    for row in rows:
        console.print(f"| {' | '.join(row)} |", markup=False, highlight=False, soft_wrap=True)
    for name, reason in figures["unread"].items():
        console.print(f"Not read: {name}: {reason}", markup=False)


def show_scans(figures: Figures, console: Console) -> None:
    """Print how well each kind of scan was recognised."""
    kinds = ("recall", "precision", "tau", "seconds")
    console.print(f"{figures['engine']}, {figures['pages']} pages", highlight=False)
    for row in (
        ["scans", *kinds],
        *(
            [name, *(number(one[kind]) for kind in kinds)]
            for name, one in figures["variants"].items()
        ),
    ):
        console.print(f"| {' | '.join(row)} |", markup=False, highlight=False, soft_wrap=True)


def _compared(ours: Figures, plain: Figures | None) -> list[str]:
    wrong = ours["headings_told"] - ours["headings_found"]
    shares = (_beside(ours[name], plain[name] if plain else None) for name in SHARES)
    return [*shares, f"{ours['headings_found']}/{ours['headings']}", str(wrong)]


def _beside(ours: float, plain: float | None) -> str:
    shown = "–" if math.isnan(ours) else f"{ours:.3f}"
    return shown if plain is None or math.isnan(plain) else f"{shown} ({plain:.3f})"


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
