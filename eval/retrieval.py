"""Measures which documents are found: `python -m eval retrieval`.

Every text of a set is uploaded as one document. Documents are ranked by their best passage.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.measure import milliseconds
from eval import metrics
from eval.datasets import CORPUS, Dataset, Query, Text, folders, load
from eval.system import Document, System, opened

# Passages that a question asks for; the first K different documents among them count.
TOP_K = 100


def sets(root: Path | None, names: Sequence[str]) -> dict[str, Dataset]:
    """Return sets by name: those named, or all below `root`. BadDataset: there are none."""
    return {name: load(path) for name, path in folders(root, names, CORPUS).items()}


def measure(dataset: Dataset, target: str | None, console: Console) -> dict[str, Any]:
    """Upload a set, ask all its questions and return the figures."""
    with opened(target) as system, tempfile.TemporaryDirectory() as folder:
        console.print(f"Uploading {len(dataset.texts)} documents …")
        system.upload(written(dataset.texts, Path(folder)))
        console.print(f"Asking {len(dataset.queries)} questions …")
        return {
            "documents": len(dataset.texts),
            "unread": system.unread,
            **asked(system, dataset),
            "latency": milliseconds(system.seconds),
        }


def asked(system: System, dataset: Dataset) -> dict[str, Any]:
    """Ask all questions of a system that has the texts of a set, and return every measure."""
    return scores(dataset.queries, [_ranking(system, query) for query in dataset.queries])


def written(texts: Mapping[str, Text], folder: Path) -> Iterable[Document]:
    """Write each text as a file and yield its document."""
    for number, (key, text) in enumerate(texts.items()):
        path = folder / f"{number}.txt"
        path.write_text(text.content, encoding="utf-8")
        yield Document(key, path, text.title)


def scores(queries: Sequence[Query], rankings: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return every measure over all questions."""
    pairs = [(found, query.relevant) for query, found in zip(queries, rankings, strict=True)]
    measured = {
        f"nDCG@{metrics.K}": [metrics.ndcg(*pair) for pair in pairs],
        "hit@1": [metrics.hit(*pair, 1) for pair in pairs],
        f"hit@{metrics.K}": [metrics.hit(*pair, metrics.K) for pair in pairs],
        f"MRR@{metrics.K}": [metrics.reciprocal_rank(*pair) for pair in pairs],
    }
    return {name: metrics.estimate(values) for name, values in measured.items()}


def ranked(document_ids: Iterable[str], keys: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the keys of the first K different documents; equal texts are one document."""
    different = list(dict.fromkeys(document_ids))
    return [key for each in different for key in keys.get(each, ())][: metrics.K]


def _ranking(system: System, query: Query) -> list[str]:
    keys: dict[str, list[str]] = {}
    for key, document_id in system.ids.items():
        keys.setdefault(document_id, []).append(key)
    passages = system.passages(query.text, TOP_K)
    return ranked((passage["document_id"] for passage in passages), keys)
