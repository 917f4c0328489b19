"""Which documents are measured: real ones, the same in every run, none broken on purpose."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

READABLE = (".pdf", ".docx", ".md", ".markdown", ".txt")
# How the kinds end, in a corpus manifest, that have nothing to read; and the most pages read here.
UNREADABLE = ("bomb", "scan", "corrupt", "encrypted")
MOST_PAGES = 120


class NoDocuments(Exception):
    """There is nothing to measure; the message says where documents were looked for."""


@dataclass(frozen=True)
class Selection:
    """The documents to ingest, and the longest PDF there is, to see how soon its start is found."""

    source: str
    documents: tuple[Path, ...]
    long_pdf: Path | None

    def record(self) -> dict[str, Any]:
        """What was chosen, for the report; names only, paths are nobody's business."""
        return {
            "source": self.source,
            "count": len(self.documents),
            "bytes": sum(path.stat().st_size for path in self.documents),
            "long_pdf": self.long_pdf.name if self.long_pdf else None,
        }


def select(environment: Mapping[str, str], samples: Path) -> Selection:
    """QUIRE_BENCH_DOCS whole, else the readable ones of QUIRE_CORPUS, else the samples."""
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
    """Every readable file below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in READABLE)
    pdfs = [path for path in files if path.suffix.lower() == ".pdf"]
    longest = max(pdfs, key=lambda path: path.stat().st_size, default=None)
    return Selection(source, tuple(different(files)), longest)


def of_corpus(corpus: Path) -> Selection:
    """The readable kinds in `manifest.csv`; very long ones only for the first-page figure."""
    with (corpus / "manifest.csv").open(encoding="utf-8", newline="") as manifest:
        rows = [row for row in csv.DictReader(manifest) if row["file"].endswith((".pdf", ".docx"))]
    folder = corpus / "documents"
    chosen = [
        row for row in rows if not row["kind"].endswith(UNREADABLE) and pages_of(row) <= MOST_PAGES
    ]
    longest = max((row for row in rows if row["file"].endswith(".pdf")), key=pages_of, default=None)
    return Selection(
        "QUIRE_CORPUS",
        tuple(different(folder / row["file"] for row in chosen)),
        folder / longest["file"] if longest else None,
    )


def pages_of(row: Mapping[str, str]) -> int:
    """Pages as the manifest has them, 0 where it does not know."""
    return int(row["pages"] or 0)


def different(paths: Iterable[Path]) -> list[Path]:
    """Without files of the same bytes: the server would know the second one."""
    by_content: dict[bytes, Path] = {}
    for path in paths:
        by_content.setdefault(hashlib.sha256(path.read_bytes()).digest(), path)
    return list(by_content.values())
