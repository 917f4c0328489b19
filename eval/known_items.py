"""Measures whether a run of words finds the passage it was taken from: `python -m eval items`.

A folder has `manifest.json`, which names files of a corpus, and `queries.json`. A passage is the
right one if its content has all words of the question in order, compared by letters and digits
alone: words are hyphenated and parted differently by each reader of PDF files.
"""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.measure import milliseconds
from eval import metrics
from eval.datasets import BadDataset, folders
from eval.system import Document, System, opened

QUERIES, MANIFEST = "queries.json", "manifest.json"


@dataclass(frozen=True)
class Items:
    """Documents, and the runs of words that were taken from them."""

    paths: tuple[Path, ...]
    questions: tuple[str, ...]


def sets(root: Path | None, names: Sequence[str]) -> dict[str, Items]:
    """Return sets by name: those named, or all below `root`. BadDataset: there are none."""
    return {name: load(path) for name, path in folders(root, names, QUERIES).items()}


def load(folder: Path) -> Items:
    """Read the set of one folder. BadDataset: a file is missing."""
    corpus = Path(os.environ.get("QUIRE_CORPUS") or folder.parent / "corpus")
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        rows = json.loads((folder / QUERIES).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadDataset(f"{error.filename} is missing.") from error
    names = [row["file"] for row in manifest["docs"]]
    paths = tuple(corpus / "documents" / name for name in names)
    for path in paths:
        if not path.is_file():
            raise BadDataset(f"{path} is missing; name its corpus with QUIRE_CORPUS.")
    return Items(paths, tuple(row["q"] for row in rows if row["doc"] in names))


def measure(items: Items, target: str | None, console: Console) -> dict[str, Any]:
    """Upload the documents, ask all questions and return the figures."""
    with opened(target) as system:
        console.print(f"Uploading {len(items.paths)} documents …")
        system.upload(Document(path.name, path) for path in items.paths)
        console.print(f"Asking {len(items.questions)} questions …")
        ranks = [_rank(system, question) for question in items.questions]
        hits = {k: [rank is not None and rank <= k for rank in ranks] for k in (1, metrics.K)}
        missed = (
            question for question, rank in zip(items.questions, ranks, strict=True) if not rank
        )
        return {
            "documents": len(items.paths),
            "unread": system.unread,
            **{f"hit@{k}": metrics.estimate(values) for k, values in hits.items()},
            "latency": milliseconds(system.seconds),
            "missed": list(missed),
        }


def rank_of(question: str, contents: Iterable[str]) -> int | None:
    """Return the rank, from 1, of the first content that has the words of the question in order.

    >>> rank_of("A learn- ing rate", ["Nothing.", "It has a learning\\nrate of 3."])
    2
    """
    words = [_letters(word) for word in question.split()]
    ranks = (n for n, each in enumerate(contents, start=1) if _has_in_order(_letters(each), words))
    return next(ranks, None)


def _rank(system: System, question: str) -> int | None:
    passages = system.passages(question, metrics.K)
    return rank_of(question, (passage["content"] for passage in passages))


def _has_in_order(letters: str, words: Iterable[str]) -> bool:
    place = 0
    for word in words:
        place = letters.find(word, place)
        if place < 0:
            return False
        place += len(word)
    return True


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))
