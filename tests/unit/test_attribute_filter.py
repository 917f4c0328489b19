"""Filters of vector stores are read strictly, and several queries give each passage once."""

from __future__ import annotations

from typing import Any

import pytest

from services.query.attribute_filter import read_filter
from services.query.routes.vector_stores import best_of
from tests.support.passages import passage

YEAR = {"type": "eq", "key": "year", "value": 2024}


def nested(depth: int) -> dict[str, Any]:
    return YEAR if depth == 0 else {"type": "and", "filters": [nested(depth - 1)]}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("year", "object"),
        ({}, "type"),
        (YEAR | {"type": "like"}, "type"),
        (YEAR | {"more": 1}, "type"),
        ({"type": "eq", "value": 1}, "type"),
        (YEAR | {"key": 7}, "key"),
        (YEAR | {"key": "k" * 257}, "key"),
        (YEAR | {"value": [2024]}, "value of eq"),
        (YEAR | {"value": {"gt": 1}}, "value of eq"),
        (YEAR | {"value": None}, "value"),
        (YEAR | {"type": "in"}, "value of in"),
        (YEAR | {"type": "gt", "value": True}, "gt"),
        ({"type": "and", "filters": []}, "1 to 20"),
        ({"type": "or", "filters": [YEAR], "key": "a"}, "nothing else"),
        (nested(5), "nested"),
        ({"type": "or", "filters": [{"type": "or", "filters": [YEAR] * 11}] * 2}, "20"),
    ],
)
def test_a_filter_that_is_not_valid_says_why(given: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_filter(given)


def test_a_filter_has_the_tree_that_was_sent() -> None:
    assert read_filter(nested(4)).comparisons == 1
    found = read_filter({"type": "or", "filters": [YEAR, YEAR | {"type": "nin", "value": ["a"]}]})
    assert found.join == "or"
    (_, first), (_, second) = (part.conditions[0] for part in found.parts)
    assert (first.any_of, second.none_of) == ((2024,), ("a",))


def test_a_passage_that_two_queries_find_is_returned_once_with_its_best_score() -> None:
    found = [
        passage("a", chunk_id="1", score=0.4),
        passage("b", chunk_id="2", score=0.6),
        passage("a", chunk_id="1", score=0.8),
        passage("c", chunk_id="3", score=0.2),
    ]
    best = best_of(found, 10, 0.3)
    assert [(each.chunk_id, each.score) for each in best] == [("1", 0.8), ("2", 0.6)]
    assert len(best_of(found, 1, 0.0)) == 1
