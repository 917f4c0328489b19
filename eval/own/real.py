"""Cases over documents that others made: filings, reports, papers, guides and web pages.

The documents are files of a corpus (`QUIRE_CORPUS`), named by the first line of each split in
`texts/real/`; each question is asked among all documents of its split. What is known is marked by
hand: `all`, phrases of a right answer, or `first`, of which the first statement has one, and
`absent`, which no answer has; without the first two no document answers it.
"""

from __future__ import annotations

import json
from pathlib import Path

from eval.own.blocks import CaseBook

TEXTS = Path(__file__).parent / "texts" / "real"
# `dev2` was written when rules made on `dev` had not carried over to `test`.
SPLITS = ("dev", "dev2", "test")


def documents(split: str, corpus: Path) -> list[Path]:
    """Return the paths of the documents of a split."""
    with (TEXTS / f"{split}.jsonl").open(encoding="utf-8") as lines:
        names: list[str] = json.loads(next(lines))["files"]
    return [corpus / "documents" / name for name in names]


def add(book: CaseBook, split: str) -> None:
    """Add the questions of a split."""
    with (TEXTS / f"{split}.jsonl").open(encoding="utf-8") as lines:
        files: list[str] = json.loads(next(lines))["files"]
        for row in map(json.loads, lines):
            every, first = row.get("all", []), row.get("first", [])
            book.ask(
                "answerable" if every or first else "unanswerable",
                files,
                row["q"],
                *first,
                every=every,
                absent=row.get("absent", []),
                needed=[*every, *first],
            )
