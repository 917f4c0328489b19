"""Floors of quality: parts of the generated sets, asked over HTTP with the default encoder.

`make eval-all` measures the whole sets; docs/quality.md has the figures and the aims.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eval import cases, retrieval, tally
from eval.datasets import load
from eval.own import languages, marked
from eval.own.__main__ import books
from eval.own.writing import write_cases
from eval.system import System
from services.cli.client import Client
from services.cli.local_server import local_server
from tests.support import warm


@pytest.fixture(scope="module")
def client(warm_parent: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("quality")
    with warm.used(warm_parent), local_server(folder) as url, Client(url) as client:
        yield client


def figures(client: Client, name: str, every: int, documents: int = sys.maxsize) -> dict[str, Any]:
    """Ask each nth question of a set in a collection of its own."""
    system = System(client, name)
    book = books("test")[name].part(every, documents)
    with tempfile.TemporaryDirectory() as folder:
        write_cases(book, Path(folder), marked.samples() if name == "marked" else ())
        chosen = cases.read(Path(folder))
        with chosen.documents() as uploads:
            system.upload(uploads)
        assert system.unread == {}
        return tally.figures(cases.asked(system, chosen.cases))


def mean(measured: dict[str, Any], *path: str) -> float:
    for name in path:
        measured = measured[name]
    return float(measured["mean"])


def test_facts_are_found_in_many_layouts_and_missing_ones_are_not_invented(
    client: Client,
) -> None:
    measured = figures(client, "layouts", every=17)
    assert mean(measured, "answerable", "right") >= 0.85
    assert mean(measured, "unanswerable", "refused") >= 0.90
    assert mean(measured, "padding in right answers") <= 0.10
    assert mean(measured, "answers with foreign values") <= 0.03


def test_exact_keys_find_their_passage_and_no_value_of_another_one(client: Client) -> None:
    measured = figures(client, "keys", every=4, documents=70)
    assert mean(measured, "hit@1") >= 0.95
    assert mean(measured, "answerable", "right") >= 0.50
    assert mean(measured, "answers with foreign values") == 0.0


def test_answers_about_office_documents_are_right_and_short(client: Client) -> None:
    measured = figures(client, "marked", every=2)
    assert mean(measured, "answerable", "right") >= 0.75
    assert mean(measured, "unanswerable", "refused") >= 0.70
    assert mean(measured, "needed statements") >= 0.80


def test_chinese_questions_find_their_texts(client: Client, tmp_path: Path) -> None:
    system = System(client, "chinese", {"filters": {"collection": ["chinese"]}})
    languages.write("test", tmp_path / "sets")
    dataset = load(tmp_path / "sets" / "chinese")
    system.upload(retrieval.written(dataset.texts, tmp_path))
    assert mean(retrieval.asked(system, dataset), "nDCG@10") >= 0.90
