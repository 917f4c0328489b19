"""Reads test sets in BEIR's layout: `corpus.jsonl.gz`, `queries.jsonl`, `qrels.tsv`."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CORPUS = "corpus.jsonl.gz"


class BadDataset(Exception):
    """A folder of test sets is missing or incomplete; the message names it."""


@dataclass(frozen=True)
class Text:
    """One text of a set; it becomes one document."""

    title: str
    content: str


@dataclass(frozen=True)
class Query:
    """A question with its known answers, if any, and the grades of relevant texts by id."""

    id: str
    text: str
    answers: tuple[str, ...]
    relevant: dict[str, int]


@dataclass(frozen=True)
class Dataset:
    """Texts by id, and queries with at least one relevant text."""

    texts: dict[str, Text]
    queries: list[Query]


def folders(root: Path | None, names: Sequence[str], *markers: str) -> dict[str, Path]:
    """Return folders by their name below `root`: those with these names, or all that hold a marker.

    BadDataset: there is no root, or a folder holds none of the marker files.
    """
    if root is None:
        raise BadDataset(
            "Name a folder with --folder, QUIRE_RETRIEVAL, QUIRE_CASES or QUIRE_BENCH."
        )
    if not root.is_dir():
        raise BadDataset(f"{root} is not a folder.")
    if names:
        found = {name: root / name for name in names}
    else:
        paths = sorted(path.parent for marker in markers for path in root.rglob(marker))
        found = {
            root.name if path == root else path.relative_to(root).as_posix(): path for path in paths
        }
    # Without any set the root is named.
    for path in found.values() or [root]:
        if not any((path / marker).is_file() for marker in markers):
            raise BadDataset(f"{path} holds no {' or '.join(markers)}.")
    return found


def load(folder: Path) -> Dataset:
    """Read the set of one folder. BadDataset: a file is missing."""
    try:
        with gzip.open(folder / CORPUS, "rt", encoding="utf-8") as lines:
            texts = {
                each["_id"]: Text(each.get("title", ""), each["text"])
                for each in map(json.loads, lines)
            }
        return Dataset(texts, _queries(folder))
    except FileNotFoundError as error:
        raise BadDataset(f"{error.filename} is missing.") from error


def _queries(folder: Path) -> list[Query]:
    relevant = _relevant(folder / "qrels.tsv")
    with (folder / "queries.jsonl").open(encoding="utf-8") as lines:
        return [
            Query(each["_id"], each["text"], tuple(each.get("answers", ())), relevant[each["_id"]])
            for each in map(json.loads, lines)
            if each["_id"] in relevant
        ]


def _relevant(path: Path) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if int(row["score"]) > 0:
                grades.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    return grades
