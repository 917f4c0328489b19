"""Scores of several retrievers are fused so that the better half decides."""

from __future__ import annotations

import pytest

from services.query.retrieval.fusion import Ranked, dense_share, fuse


def order(ranked: list[Ranked]) -> list[str]:
    return [each.chunk_id for each in ranked]


def test_one_list_keeps_its_order_and_scores() -> None:
    ranked = fuse({"dense": {"a": 0.9, "b": 0.5}, "keywords": {}}, 0.6)
    assert ranked == [Ranked("a", 0.9, {"dense": 0.9}), Ranked("b", 0.5, {"dense": 0.5})]


def test_cosines_are_added_to_keyword_scores_in_units_of_the_best() -> None:
    ranked = fuse({"dense": {"a": 0.9, "b": 0.8}, "keywords": {"b": 30.0, "c": 15.0}}, 0.6)
    assert order(ranked) == ["b", "a", "c"]
    assert [each.score for each in ranked] == pytest.approx([0.88, 0.54, 0.2])
    assert ranked[0].scores == {"dense": 0.8, "keywords": 30.0}


def test_a_much_better_keyword_match_wins_over_slightly_nearer_vectors() -> None:
    """Reciprocal rank would put "b" and "c" first: both are high in both lists."""
    dense = {"b": 0.42, "c": 0.41, "d": 0.40, "exact": 0.35}
    ranked = fuse({"dense": dense, "keywords": {"exact": 28.0, "b": 6.0, "c": 5.0}}, 0.6)
    assert order(ranked)[0] == "exact"


def test_keywords_decide_where_the_encoder_knows_no_word() -> None:
    scores = {"dense": {"a": 0.9, "b": 0.1, "c": 0.3}, "keywords": {"b": 4.0, "c": 4.0}}
    assert order(fuse(scores, dense_share(1.0))) == ["c", "b", "a"]
    assert order(fuse(scores, dense_share(0.0))) == ["c", "a", "b"]


def test_several_keyword_retrievers_share_the_rest_of_the_weight() -> None:
    scores = {"dense": {"a": 0.5}, "keywords": {"a": 9.0}, "pictures": {"b": 2.0}}
    assert {each.chunk_id: each.score for each in fuse(scores, 0.6)} == pytest.approx(
        {"a": 0.5, "b": 0.2}
    )


def test_nothing_found_is_nothing_fused() -> None:
    assert fuse({}, 0.6) == fuse({"dense": {}, "keywords": {}}, 0.6) == []


def test_more_unknown_words_never_weigh_the_cosine_more() -> None:
    shares = [dense_share(step / 20) for step in range(21)]
    assert shares == sorted(shares, reverse=True)
    assert (shares[0], shares[-1]) == (0.6, 0.05)
