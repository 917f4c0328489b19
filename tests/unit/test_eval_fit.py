"""Weights are fitted to the questions of one half, on candidates that are ranked again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from eval import fit
from eval.fit import PRESENT, Candidates, fitted


def passage(cosine: float, keywords: float, **features: float) -> dict[str, Any]:
    """Return a passage as a search explains it, fused with a weight of .5 for the cosine."""
    zero = {"phrase": 0.0, "closeness": 0.0, "heading": 0.0, "row": 0.0}
    fused = 0.5 * cosine + 0.5 * keywords / 8
    return {
        "scores": {"keywords": keywords} if keywords else {},
        "explanation": {"cosine": cosine, "fused": round(fused, 4), **zero, **features},
    }


def candidates(relevant: str, **passages: Mapping[str, Any]) -> Candidates:
    return Candidates.of(list(passages.values()), list(passages), {relevant: 1})


def test_the_weight_of_the_cosine_and_the_best_keyword_score_are_found_again() -> None:
    found = candidates("a", a=passage(0.9, 4.0), b=passage(0.2, 8.0), c=passage(0.5, 0.0))
    assert found.share == pytest.approx(0.5, abs=1e-3)
    assert found.keywords == pytest.approx([0.5, 1.0, 0.0], abs=1e-3)


def test_other_weights_give_another_order() -> None:
    found = candidates("a", a=passage(0.9, 4.0), b=passage(0.4, 8.0))
    assert found.quality(replace(PRESENT, dense=0.8)) == 1.0
    assert found.quality(replace(PRESENT, dense=0.3)) < 1.0


def test_the_present_weights_give_the_order_of_the_search() -> None:
    found = candidates("b", a=passage(0.9, 0.8), b=passage(0.5, 6.4))
    assert found.fused[1] > found.fused[0]
    assert found.quality(PRESENT) == 1.0


def test_a_feature_that_marks_the_right_passage_gets_weight() -> None:
    found = candidates(
        "b", a=passage(0.9, 8.0), b=passage(0.7, 8.0, heading=1.0), c=passage(0.1, 0.0)
    )
    best = fitted(lambda weights: found.quality(replace(weights, heading=weights.heading - 0.2)))
    assert best.heading > PRESENT.heading


def test_weights_stay_where_nothing_is_better() -> None:
    assert fitted(lambda weights: 0.5) == PRESENT


def test_a_question_that_finds_nothing_counts_as_missed() -> None:
    assert candidates("a").quality(PRESENT) == 0.0


def test_one_retriever_alone_keeps_its_scores() -> None:
    found = candidates("a", a=passage(0.0, 6.0), b=passage(0.0, 3.0))
    assert found.share is None
    assert found.quality(PRESENT) == 1.0


def test_every_weight_is_tried_at_its_present_value() -> None:
    present = {name: getattr(PRESENT, name) for name in fit.TRIED}
    assert all(present[name] in values for name, values in fit.TRIED.items())
