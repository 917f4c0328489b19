"""Terms of a question, by kind and weight."""

from __future__ import annotations

import pytest

from services.query.answers.keys import keys_of


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Where is the oar?", {"oar": "word"}),
        ("What do I do at fault K-12?", {"error": "word", "k12": "code"}),
        ("Price of 7745-0091-E", {"pric": "word", "77450091e": "code"}),
        ("What does clause 4.2.1 say?", {"claus": "relation", "4.2.1": "code"}),
        ("What is the load of the Orlo 7?", {"load": "word", "orlo": "name", "7": "number"}),
        ("How much honey was sold in 2031?", {"honey": "word", "sell": "word", "2031": "year"}),
        ("Is it kept for 24 hours?", {"24": "word", "hour": "word"}),
        ("Who met on 3 May 2031?", {"2031-05-03": "code", "met": "word"}),
        ("Wo hängt die Lampe?", {"hangt": "word", "lamp": "word"}),
        ("灯笼在哪里?", {"灯笼": "word"}),
    ],
)
def test_terms_have_their_kind(question: str, expected: dict[str, str]) -> None:
    assert {term.stem: term.kind for term in keys_of(question).terms if term.stem != "may"} == (
        expected
    )


def test_the_last_noun_weighs_more_than_its_modifier_and_a_relation_least() -> None:
    weights = {term.stem: term.weight for term in keys_of("Where is the snow shovel found?").terms}
    assert weights["snow"] < weights["shovel"]
    assert weights["found"] < weights["snow"]


def test_capitals_are_no_names_in_a_title_or_in_german() -> None:
    for question in ("What Is The Alarm Delay", "Wo ist die Lampe der Werkstatt?"):
        assert keys_of(question).names == ()


def test_a_possessive_names_the_same_key_and_a_number_in_parts_is_no_date() -> None:
    stems = [
        [term.stem for term in keys_of(question).terms if term.is_key]
        for question in ("What is SOP-017's annex?", "When was AD 2018-23-51 issued?")
    ]
    assert stems == [["sop017"], ["20182351"]]


@pytest.mark.parametrize("question", ["Kde je žebřík?", "Hvor er žebřík?", "KDE JE žebřík?"])
def test_the_words_of_a_question_are_known_in_all_indexed_languages(question: str) -> None:
    assert [term.shown for term in keys_of(question).terms] == ["žebřík"]


def test_the_title_of_a_person_is_no_name() -> None:
    assert [name.stems for name in keys_of("Which pager does Dr Osei have?").names] == [("osei",)]


def test_a_run_of_names_is_one_name() -> None:
    assert [name.shown for name in keys_of("How old is Sankt Veit now?").names] == ["Sankt Veit"]
