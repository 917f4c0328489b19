"""Measures whether answers are right: `python -m eval answers`.

A set is a folder with `cases.jsonl` and the documents in `files/`, or a retrieval set with known
answers. Each case is asked among its own documents only.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.measure import milliseconds
from eval import known_answers, tally
from eval.case import Case
from eval.datasets import CORPUS, BadDataset, folders, load
from eval.judging import Known, foreign, judge, mentions, statements
from eval.metrics import K
from eval.retrieval import written
from eval.system import Document, System, opened

CASES = "cases.jsonl"


@dataclass(frozen=True)
class CaseSet:
    """The cases of one folder."""

    folder: Path
    cases: list[Case]

    @contextlib.contextmanager
    def documents(self) -> Iterator[list[Document]]:
        """Yield the documents of all cases; those of a retrieval set are files until the end."""
        if (self.folder / CASES).is_file():
            names = dict.fromkeys(name for case in self.cases for name in case.documents)
            yield [Document(name, self.folder / "files" / name) for name in names]
            return
        with tempfile.TemporaryDirectory() as folder:
            yield list(written(load(self.folder).texts, Path(folder)))


def sets(root: Path | None, names: Sequence[str]) -> dict[str, CaseSet]:
    """Return sets by name: those named, or all below `root`. BadDataset: there are none."""
    return {name: read(path) for name, path in folders(root, names, CASES, CORPUS).items()}


def read(folder: Path) -> CaseSet:
    """Read one folder. BadDataset: a document of a case is missing, or nothing is known."""
    if not (folder / CASES).is_file():
        cases = known_answers.cases_of(load(folder))
    else:
        with (folder / CASES).open(encoding="utf-8") as lines:
            cases = [_case(json.loads(line)) for line in lines if line.strip()]
        for name in {name for case in cases for name in case.documents}:
            if not (folder / "files" / name).is_file():
                raise BadDataset(f"{folder / 'files' / name} is missing.")
    if not cases:
        raise BadDataset(f"{folder} has no question with a known answer.")
    return CaseSet(folder, cases)


def measure(chosen: CaseSet, target: str | None, console: Console) -> dict[str, Any]:
    """Upload the documents, ask all questions and return the figures and every result."""
    with opened(target) as system, chosen.documents() as documents:
        console.print(f"Uploading {len(documents)} documents …")
        system.upload(documents)
        console.print(f"Asking {len(chosen.cases)} questions …")
        results = asked(system, chosen.cases)
        return {
            "documents": len(documents),
            "unread": system.unread,
            **tally.figures(results),
            "latency": milliseconds(system.seconds),
            "cases": results,
        }


def asked(system: System, cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Ask each question of a system that has the documents, and return every result."""
    return [_result(system, case) for case in cases]


def _result(system: System, case: Case) -> dict[str, Any]:
    reply = system.answer(case.question, case.documents)
    found = system.passages(case.question, K, case.documents) if case.source else []
    return {
        "id": case.id,
        "kind": case.kind,
        "question": case.question,
        "expected": None if case.known is None else str(case.known),
        "outcome": judge(case.known, reply),
        "response": reply["response"],
        **_shown(case, reply),
        **({"rank": _rank(system, case.source, found)} if case.source else {}),
        "citations": [
            {name: each[name] for name in ("source", "title", "page", "quote")}
            for each in reply["citations"]
        ],
    }


def _shown(case: Case, reply: Mapping[str, Any]) -> dict[str, Any]:
    """Return the count of statements of an answer, of needed ones, and of foreign phrases."""
    if not reply["answered"] or case.known is None:
        return {}
    shown = statements(reply["response"])
    marks = case.needed or case.known.phrases
    needed = [any(mentions(each, mark) for mark in marks) for each in shown]
    return {
        "statements": len(shown),
        "needed": sum(needed),
        "foreign": foreign(case.known, reply["response"]),
    }


def _rank(system: System, source: str, passages: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the rank of the first passage of a document, from 1; None if it is not found."""
    ranks = (n for n, each in enumerate(passages, 1) if each["document_id"] == system.ids[source])
    return next(ranks, None)


def _case(row: Mapping[str, Any]) -> Case:
    phrases = {"first": "first", "every": "all", "absent": "absent"}
    known = Known(**{name: tuple(row.get(key, ())) for name, key in phrases.items()})
    return Case(
        id=row["id"],
        kind=row["kind"],
        question=row["question"],
        documents=tuple(row["files"]),
        known=None if row["abstain"] else known,
        source=row.get("source", ""),
        needed=tuple(row.get("needed", ())),
    )
