"""The filter of one metadata key: accepted forms, and refusals in one sentence."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import TypeAdapter

from services.query.metadata_filter import MAX_TEXT, MAX_VALUES, Condition, read_condition
from shared.repositories.metadata import MetadataCondition

ACCEPTED: list[tuple[Any, MetadataCondition]] = [
    ("x", MetadataCondition(any_of=("x",))),
    ("", MetadataCondition(any_of=("",))),
    (3, MetadataCondition(any_of=(3,))),
    (-(2**53), MetadataCondition(any_of=(-(2**53),))),
    (1.5, MetadataCondition(any_of=(1.5,))),
    (["x", 3, True], MetadataCondition(any_of=("x", 3, True))),
    (["x"] * MAX_VALUES, MetadataCondition(any_of=("x",) * MAX_VALUES)),
    ("x" * MAX_TEXT, MetadataCondition(any_of=("x" * MAX_TEXT,))),
    ("a\0b", MetadataCondition(any_of=("a\ufffdb",))),
    ({"gt": "a\0b"}, MetadataCondition(bounds=(("gt", "a\ufffdb"),))),
    ({"lt": 5, "gte": 2.5}, MetadataCondition(bounds=(("gte", 2.5), ("lt", 5)))),
    ({"gt": "a", "lte": "b"}, MetadataCondition(bounds=(("gt", "a"), ("lte", "b")))),
    ({"ne": "x"}, MetadataCondition(none_of=("x",))),
    ({"ne": False}, MetadataCondition(none_of=(False,))),
    ({"nin": ["x", 3]}, MetadataCondition(none_of=("x", 3))),
    ({"nin": ["x"], "ne": "y"}, MetadataCondition(none_of=("y", "x"))),
    ({"exists": True}, MetadataCondition(exists=True)),
    ({"exists": False}, MetadataCondition(exists=False)),
]

OPERATORS = "must have one or more of the operators gt, gte, lt, lte, ne, nin, exists"
REFUSED: list[tuple[Any, str]] = [
    (None, "a value must be text, a number, true or false"),
    ([None], "each value of a list must be text, a number, true or false"),
    ([["x"]], "each value of a list must be text, a number, true or false"),
    ([], "a list must have 1 to 100 values"),
    (["x"] * (MAX_VALUES + 1), "a list must have 1 to 100 values"),
    ("x" * (MAX_TEXT + 1), "a value must be at most 256 characters long"),
    (2**53 + 1, "a value must be a number from -2^53 to 2^53"),
    (1e300, "a value must be a number from -2^53 to 2^53"),
    (float("nan"), "a value must be a number from -2^53 to 2^53"),
    ({}, OPERATORS),
    ({"$gt": 1}, OPERATORS),
    ({"gt": 1, "between": [1, 2]}, OPERATORS),
    ({"gt": True}, "gt must be a number or text"),
    ({"lte": None}, "lte must be a number or text"),
    ({"lt": [1]}, "lt must be a number or text"),
    ({"gte": "x" * (MAX_TEXT + 1)}, "gte must be at most 256 characters long"),
    ({"gte": -(2**53) - 1}, "gte must be a number from -2^53 to 2^53"),
    ({"ne": ["x"]}, "ne must be text, a number, true or false"),
    ({"ne": None}, "ne must be text, a number, true or false"),
    ({"nin": "x"}, "nin must have 1 to 100 values"),
    ({"nin": []}, "nin must have 1 to 100 values"),
    ({"nin": [{}]}, "each value of nin must be text, a number, true or false"),
    ({"exists": 1}, "exists must be true or false"),
    ({"exists": None}, "exists must be true or false"),
]


@pytest.mark.parametrize(("given", "expected"), ACCEPTED)
def test_a_filter_is_read_as_a_condition(given: Any, expected: MetadataCondition) -> None:
    read = read_condition(given)
    assert repr(read) == repr(expected)  # 1 == True == 1.0, but not as text


@pytest.mark.parametrize(("given", "sentence"), REFUSED)
def test_a_filter_that_is_not_valid_is_refused_in_one_sentence(given: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        read_condition(given)


def test_the_description_has_the_operators_that_are_read() -> None:
    described = TypeAdapter(Condition).json_schema()["$defs"]["MetadataOperators"]
    assert "required" not in described
    examples = {"ne": 1, "nin": [1], "exists": True}
    for name in described["properties"]:
        assert read_condition({name: examples.get(name, 1)}) != MetadataCondition()


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (MetadataCondition(any_of=(1,)), False),
        (MetadataCondition(bounds=(("gt", 1),)), False),
        (MetadataCondition(exists=True), False),
        (MetadataCondition(exists=False), True),
        (MetadataCondition(none_of=(1,)), True),
        (MetadataCondition(none_of=(1,), bounds=(("gt", 0),)), False),
    ],
)
def test_only_exclusions_hold_without_the_key(condition: MetadataCondition, holds: bool) -> None:
    assert condition.holds_without_key is holds
