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


def test_terms_exclude_stop_words() -> None:
    found = lexical.terms("What is the alarm delay of unit UF-1 in Room 12?")
    assert found == {"alarm", "delay", "unit", "uf", "1", "room", "12"}
    assert lexical.terms("Visitors sign where?") == {"visitor", "sign"}


def test_scripts_without_spaces_are_split_into_characters() -> None:
    assert lexical.terms("温度は") == {"温", "度", "は"}
