"""Terms of a question, and their coverage by a text."""

from __future__ import annotations

import pytest

from services.query import lexical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("stores", "stored"),
        ("calibrations", "Calibration"),
        ("policies", "policy"),
        ("reporting", "reported"),
        ("stopped", "stop"),
        ("Quality's", "quality"),
        ("device", "devices"),
    ],
)
def test_forms_of_one_word_have_one_stem(one: str, other: str) -> None:
    assert lexical.stem(one) == lexical.stem(other)


@pytest.mark.parametrize(
    ("one", "other"), [("mass", "mas"), ("bus", "bu"), ("sensor", "sense"), ("1.5", "15")]
)
def test_other_words_have_other_stems(one: str, other: str) -> None:
    assert lexical.stem(one) != lexical.stem(other)


def test_terms_exclude_stop_words_and_mark_names_and_numbers() -> None:
    found = lexical.terms("What is the alarm delay of unit UF-1 in Room 12?")
    assert found == {
        "alarm": False,
        "delay": False,
        "unit": False,
        "uf": True,
        "1": True,
        "room": True,
        "12": True,
    }


def test_a_capital_at_the_start_does_not_mark_a_name() -> None:
    assert lexical.terms("Visitors sign where?") == {"visitor": False, "sign": False}


def test_scripts_without_spaces_are_split_into_characters() -> None:
    assert set(lexical.terms("温度は")) == {"温", "度", "は"}


def test_rare_terms_and_names_weigh_more() -> None:
    question = {"plasma": False, "store": False, "Basel": True}
    weighted = lexical.weights(question, [{"store"}, {"store", "Basel"}, {"store", "plasma"}])
    assert weighted["store"] < weighted["plasma"] < weighted["Basel"]


@pytest.mark.parametrize(
    ("words", "share"), [(set(), 0.0), ({"a"}, 0.75), ({"a", "b", "c"}, 1.0), ({"c"}, 0.0)]
)
def test_coverage_is_the_share_of_weight(words: set[str], share: float) -> None:
    assert lexical.coverage({"a": 3.0, "b": 1.0}, words) == share


def test_a_question_of_stop_words_is_covered_by_anything() -> None:
    assert lexical.coverage({}, {"a"}) == 1.0
