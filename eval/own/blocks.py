"""The parts of a generated document, and a set of documents with its cases. No I/O."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Heading:
    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class Lines:
    """Lines that follow each other without a blank one, as in `key: value` notes."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Items:
    """A list; an ordered one is numbered from 1."""

    texts: tuple[str, ...]
    ordered: bool = False


@dataclass(frozen=True)
class Grid:
    """A table, whose first row is its header."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Terms:
    """Terms with their definitions below them."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Question:
    """A question of an FAQ with its answer."""

    question: str
    answer: str


Block = Heading | Paragraph | Lines | Items | Grid | Terms | Question


@dataclass(frozen=True)
class Draft:
    """A document to write; the ending of its name tells the format."""

    name: str
    blocks: tuple[Block, ...]


@dataclass
class CaseBook:
    """Documents and cases of one set, in the form of `cases.jsonl`."""

    drafts: list[Draft] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def draft(self, name: str, *blocks: Block) -> str:
        """Add a document and return its name."""
        self.drafts.append(Draft(name, blocks))
        return name

    def ask(
        self,
        kind: str,
        files: Sequence[str],
        question: str,
        *first: str,
        every: Sequence[str] = (),
        absent: Sequence[str] = (),
        source: str = "",
        needed: Sequence[str] = (),
    ) -> None:
        """Add a case; without `first` and `every` the documents hold no answer.

        `source` is the document that has the answer; `needed` are parts of the statements that a
        right answer is made of.
        """
        row = {
            "id": f"{kind}-{len(self.rows):03}",
            "kind": kind,
            "question": question,
            "files": list(files),
            "first": list(first),
            "all": list(every),
            "absent": list(absent),
            "abstain": not (first or every),
            "source": source,
            "needed": list(needed),
        }
        self.rows.append(row)

    def part(self, every: int, documents: int = sys.maxsize) -> CaseBook:
        """Return each nth case, without the documents after the first ones."""
        later = {draft.name for draft in self.drafts[documents:]}
        rows = [
            row | {"files": [name for name in row["files"] if name not in later]}
            for row in self.rows[::every]
        ]
        names = {name for row in rows for name in row["files"]}
        return CaseBook([draft for draft in self.drafts if draft.name in names], rows)
