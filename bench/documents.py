"""Selects the measured documents: the same in every run, none deliberately broken."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.cli.files import READABLE

# Endings of the kinds in a corpus manifest that have no text to read.
UNREADABLE = ("bomb", "scan", "corrupt", "encrypted")
# Longer documents would dominate the time; one of them is used for the first-page figure.
MAX_PAGES = 120


class NoDocuments(Exception):
    """There are no readable documents; the message names the searched folder."""


@dataclass(frozen=True)
class Selection:
    """The documents to ingest, and the longest PDF for the first-page figure."""

    source: str
    documents: tuple[Path, ...]
    long_pdf: Path | None

    def record(self) -> dict[str, Any]:
        """Return the selection for the report, without paths."""
        return {
            "source": self.source,
            "count": len(self.documents),
            "bytes": sum(path.stat().st_size for path in self.documents),
            "long_pdf": self.long_pdf.name if self.long_pdf else None,
        }


def select(environment: Mapping[str, str], samples: Path) -> Selection:
    """Select all of QUIRE_BENCH_DOCS, else the readable ones of QUIRE_CORPUS, else the samples."""
    if folder := environment.get("QUIRE_BENCH_DOCS"):
        selection = of_folder(Path(folder).resolve(), "QUIRE_BENCH_DOCS")
    elif corpus := environment.get("QUIRE_CORPUS"):
        selection = of_corpus(Path(corpus).resolve())
    else:
        selection = of_folder(samples, "samples")
    if not selection.documents:
        raise NoDocuments(f"No readable documents in {selection.source}.")
    return selection


def of_folder(folder: Path, source: str) -> Selection:
    """Select every readable file below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in READABLE)
    pdfs = [path for path in files if path.suffix.lower() == ".pdf"]
    longest = max(pdfs, key=lambda path: path.stat().st_size, default=None)
    return Selection(source, tuple(different(files)), longest)


def of_corpus(corpus: Path, max_pages: int = MAX_PAGES) -> Selection:
    """Select the readable kinds of `manifest.csv` with at most `max_pages` pages."""
    with (corpus / "manifest.csv").open(encoding="utf-8", newline="") as manifest:
        rows = [row for row in csv.DictReader(manifest) if row["file"].endswith((".pdf", ".docx"))]
    folder = corpus / "documents"
    chosen = [
        row for row in rows if not row["kind"].endswith(UNREADABLE) and pages_of(row) <= max_pages
    ]
    longest = max((row for row in rows if row["file"].endswith(".pdf")), key=pages_of, default=None)
    return Selection(
        "QUIRE_CORPUS",
        tuple(different(folder / row["file"] for row in chosen)),
        folder / longest["file"] if longest else None,
    )


def pages_of(row: Mapping[str, str]) -> int:
    """Return the pages of a manifest row; 0 if unknown."""
    return int(row["pages"] or 0)


def different(paths: Iterable[Path]) -> list[Path]:
    """Leave out byte-identical files, which the server would not process twice."""
    by_content: dict[bytes, Path] = {}
    for path in paths:
        by_content.setdefault(hashlib.sha256(path.read_bytes()).digest(), path)
    return list(by_content.values())
