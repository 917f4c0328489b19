"""Measures, intervals and the judgement of answers, by tables."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from eval import metrics, tally
from eval.cases import read
from eval.datasets import BadDataset, Dataset, Query, Text, folders
from eval.judging import Known, judge, mentions
from eval.known_answers import cases_of
from eval.retrieval import ranked, scores

RELEVANT = {"a": 2, "b": 1}
OTHERS = [f"x{number}" for number in range(10)]


@pytest.mark.parametrize(
    ("found", "ndcg", "hit_1", "hit_10", "reciprocal"),
    [
        (["a", "b"], 1.0, 1, 1, 1.0),
        (["b", "a"], (1 + 2 / math.log2(3)) / (2 + 1 / math.log2(3)), 1, 1, 1.0),
        (["a"], 2 / (2 + 1 / math.log2(3)), 1, 1, 1.0),
        (["x", "y", "b"], (1 / 2) / (2 + 1 / math.log2(3)), 0, 1, 1 / 3),
        ([*OTHERS, "a"], 0.0, 0, 0, 0.0),
        ([], 0.0, 0, 0, 0.0),
    ],
)
def test_measures_of_one_ranking(
    found: list[str], ndcg: float, hit_1: int, hit_10: int, reciprocal: float
) -> None:
    assert metrics.ndcg(found, RELEVANT) == pytest.approx(ndcg)
    assert metrics.hit(found, RELEVANT, 1) == hit_1
    assert metrics.hit(found, RELEVANT, 10) == hit_10
    assert metrics.reciprocal_rank(found, RELEVANT) == pytest.approx(reciprocal)


def test_each_question_is_measured_by_its_own_relevant_texts() -> None:
    queries = [Query("1", "?", (), {"a": 1}), Query("2", "?", (), {"b": 1})]
    measured = scores(queries, [["a", "b"], ["a", "b"]])
    means = {name: figure["mean"] for name, figure in measured.items()}
    assert (means["hit@1"], means["hit@10"], means["MRR@10"]) == (0.5, 1.0, 0.75)


def test_interval_is_the_same_in_every_run_and_near_the_binomial_one() -> None:
    estimate = metrics.estimate([1.0] * 60 + [0.0] * 40)
    assert estimate == metrics.estimate([1.0] * 60 + [0.0] * 40)
    assert (estimate["mean"], estimate["count"]) == (0.6, 100)
    spread = 1.96 * math.sqrt(0.6 * 0.4 / 100)
    assert estimate["low"] == pytest.approx(0.6 - spread, abs=0.015)
    assert estimate["high"] == pytest.approx(0.6 + spread, abs=0.015)


def test_nothing_measured_has_no_mean() -> None:
    assert math.isnan(metrics.estimate([])["mean"])


def test_documents_rank_by_their_first_passage_and_equal_texts_share_a_document() -> None:
    keys = {"1": ["a"], "2": ["b", "c"], "3": ["d"]}
    assert ranked(["2", "2", "1", "2", "foreign"], keys) == ["b", "c", "a"]


@pytest.mark.parametrize(
    ("text", "phrase", "expected"),
    [
        ("In the tool cellar.", "Tool Cellar", True),
        ("In the tool\n cellar.", "tool cellar", True),
        ("It takes 20 minutes.", "20", True),
        ("It weighs 353.", "353", True),
        ("It weighs 1353 g.", "353", False),
        ("It weighs 353.5 g.", "353", False),
        ("It costs 1,353.", "353", False),
        ("The engineers came.", "engineer", False),
        ("It costs US$12.", "$12", True),
        ("การตอบคำถาม", "ตอบ", True),
        ("Press the button for ten seconds; wait.", "Press the button for ten seconds.", True),
    ],
)
def test_a_phrase_is_found_as_whole_words(text: str, phrase: str, expected: bool) -> None:
    assert mentions(text, phrase) is expected


def reply(response: str, *, answered: bool = True, cited: bool = True) -> dict[str, Any]:
    return {"response": response, "answered": answered, "citations": [{}] if cited else []}


TWO = "It opens at 8. [1] It closes at 17. [2]"


@pytest.mark.parametrize(
    ("known", "given", "outcome"),
    [
        (Known(first=("8", "9")), reply(TWO), "right"),
        (Known(first=("17",)), reply(TWO), "wrong"),
        (Known(anywhere=("17", "18")), reply(TWO), "right"),
        (Known(every=("8", "17")), reply(TWO), "right"),
        (Known(every=("8", "18")), reply(TWO), "wrong"),
        (Known(first=("8",), absent=("17",)), reply(TWO), "wrong"),
        # The number of a citation is no part of the answer.
        (Known(anywhere=("2",)), reply(TWO), "wrong"),
        (Known(first=("8",)), reply(TWO, cited=False), "wrong"),
        (Known(first=("8",)), reply("The documents do not say.", answered=False), "refused"),
        (None, reply("The documents do not say.", answered=False), "refused"),
        (None, reply(TWO), "answered"),
    ],
)
def test_judgement_of_an_answer(known: Known | None, given: dict[str, Any], outcome: str) -> None:
    assert judge(known, given) == outcome


def test_statements_ranks_and_foreign_values_are_counted() -> None:
    names = ("outcome", "statements", "needed", "foreign", "rank")
    rows = [("right", 2, 1, 0, 1), ("wrong", 2, 0, 1, 3), ("right", 1, 1, 0, None)]
    results: list[dict[str, Any]] = [
        {"kind": "k", "expected": "8"} | dict(zip(names, row, strict=True)) for row in rows
    ]
    results.append({"kind": "k", "expected": "8", "outcome": "refused", "rank": 2})
    means = {
        name: value["mean"] for name, value in tally.figures(results).items() if "mean" in value
    }
    assert means == {
        "needed statements": pytest.approx(2 / 5),
        "padding in right answers": pytest.approx(1 / 3),
        "answers with foreign values": pytest.approx(1 / 3),
        "hit@1": 0.25,
        "hit@10": 0.75,
    }


def test_outcomes_are_counted_by_kind_and_by_whether_there_is_an_answer() -> None:
    rows = [
        ("table", "8", "right"), ("table", "9", "wrong"), ("list", "8", "refused"),
        ("absent", None, "refused"), ("absent", None, "answered"),
    ]  # fmt: skip
    results = [dict(zip(("kind", "expected", "outcome"), row, strict=True)) for row in rows]
    figures = tally.figures(results)
    means = {name: value["mean"] for name, value in figures["answerable"].items()}
    assert means == {name: pytest.approx(1 / 3) for name in ("right", "refused", "wrong")}
    assert figures["unanswerable"]["refused"]["mean"] == 0.5
    assert figures["kinds"] == {
        "table": {"asked": 2, "good": 1},
        "list": {"asked": 1, "good": 0},
        "absent": {"asked": 2, "good": 1},
    }
    wrong = [result["outcome"] for result in results if tally.is_wrong(result)]
    assert wrong == ["wrong", "refused", "answered"]


def test_cases_of_a_retrieval_set_leave_out_the_subject_or_the_text_of_the_answer() -> None:
    texts = {
        "0": Text("Freezers", "The delay is 20 minutes."),
        "1": Text("Freezers", "The lamp is checked."),
        "2": Text("Visitors", "They sign at the gate."),
        "3": Text("Visitors", "The book is at the gate."),
    }
    queries = [
        Query("fitted", "?", ("20 minutes",), {"0": 1}),
        Query("q1", "How long?", ("20 minutes",), {"0": 1}),
        Query("fitted", "?", ("20 minutes",), {"0": 1}),
        Query("q3", "Where?", ("at the gate",), {"2": 1}),
    ]
    cases = {case.id: case for case in cases_of(Dataset(texts, queries))}
    assert {name: case.documents for name, case in cases.items()} == {
        "q1-answerable": ("0", "1", "2", "3"),
        "q1-off-topic": ("2", "3"),
        "q1-on-topic": ("1", "2", "3"),
        "q3-answerable": ("0", "1", "2", "3"),
        "q3-off-topic": ("0", "1"),
    }
    answerable = {name for name, case in cases.items() if case.known is not None}
    assert answerable == {"q1-answerable", "q3-answerable"}


def test_sets_are_found_by_their_file_or_named(tmp_path: Path) -> None:
    for name in ("a", "b/en"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "cases.jsonl").touch()
    every = {"a": tmp_path / "a", "b/en": tmp_path / "b/en"}
    assert folders(tmp_path, [], "cases.jsonl") == every
    assert folders(tmp_path, ["b/en"], "cases.jsonl") == {"b/en": tmp_path / "b/en"}
    assert folders(tmp_path / "a", [], "cases.jsonl") == {"a": tmp_path / "a"}
    with pytest.raises(BadDataset, match="missing"):
        folders(tmp_path, ["missing"], "cases.jsonl")


def test_a_case_without_its_document_is_an_error(tmp_path: Path) -> None:
    row = '{"id": "1", "kind": "k", "question": "?", "files": ["gone.md"], "abstain": true}\n'
    (tmp_path / "cases.jsonl").write_text(row)
    with pytest.raises(BadDataset, match=r"gone\.md"):
        read(tmp_path)
