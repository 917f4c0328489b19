"""Passages of several questions are merged in a stable order."""

from __future__ import annotations

from services.query.retrieval import ranking
from services.query.retrieval.passages import Passage
from tests.support.passages import passage as make_passage


def passage(chunk_id: str, score: float = 1.0, text: str = "") -> Passage:
    return make_passage(text or chunk_id, chunk_id=chunk_id, score=score)


def test_lists_are_taken_in_turn_with_best_scores() -> None:
    whole = [passage("a", 0.5), passage("b", 0.4), passage("c", 0.3)]
    part = [passage("d", 0.9), passage("a", 0.8)]
    mixed = ranking.interleave([whole, part], 3)
    assert [(each.chunk_id, each.score) for each in mixed] == [("a", 0.8), ("d", 0.9), ("b", 0.4)]
