"""Reads test sets in BEIR's layout: `corpus.jsonl.gz`, `queries.jsonl`, `qrels.tsv`."""

from __future__ import annotations

import csv
import gzip
import json
import os
from dataclasses import dataclass
from pathlib import Path

FOLDER = "QUIRE_RETRIEVAL"


@dataclass(frozen=True)
class Query:
    """A question with its known answers, if any, and the grades of relevant texts by id."""

    text: str
    answers: tuple[str, ...]
    relevant: dict[str, int]


@dataclass(frozen=True)
class Dataset:
    """Texts by id, and queries with at least one relevant text."""

    name: str
    texts: dict[str, str]
    queries: list[Query]


def folder() -> Path:
    """Return the folder with the test sets. SystemExit: the variable is not set."""
    if not os.environ.get(FOLDER):
        raise SystemExit(f"Set {FOLDER} to the folder that holds cranfield and xquad.")
    return Path(os.environ[FOLDER])


def load(root: Path, name: str) -> Dataset:
    """Read the set in the folder `name` below `root`."""
    with gzip.open(root / name / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = {each["_id"]: each["text"] for each in map(json.loads, lines)}
    relevant = _relevant(root / name / "qrels.tsv")
    with (root / name / "queries.jsonl").open(encoding="utf-8") as lines:
        queries = [
            Query(each["text"], tuple(each.get("answers", ())), relevant[each["_id"]])
            for each in map(json.loads, lines)
            if each["_id"] in relevant
        ]
    return Dataset(name, texts, queries)


def _relevant(path: Path) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if int(row["score"]) > 0:
                grades.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    return grades
