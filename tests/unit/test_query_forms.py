"""Forms: labels below values, fields of tables, codes behind leaders, and what is asked of them."""

from __future__ import annotations

import pytest

from services.query import wording
from services.query.answers import attributes, coverage, guard, relevance
from services.query.answers.keys import keys_of
from services.query.answers.naming import names_of_documents
from services.query.answers.statements import statements
from tests.support.passages import passage

COVER = (
    "Larch Ferries\n\n(Exact name of the carrier)\n\n4 Quay Road, Port Elm\n\n"
    "(0461) 22-300\n\n(Address, with the telephone number, of the head office)\n\n"
    "N/A\n(Former name, if it has changed)\n\nThe crew signs below. (See page 3.)"
)


def texts(content: str) -> list[tuple[str, str, str]]:
    return [(each.kind, each.key, each.text) for each in statements(passage(content))]


def test_a_label_in_brackets_and_the_lines_above_it_are_one_pair() -> None:
    assert texts(COVER)[:3] == [
        ("pair", "Exact name of the carrier", "Larch Ferries (Exact name of the carrier)"),
        (
            "pair",
            "Address, with the telephone number, of the head office",
            "4 Quay Road, Port Elm (0461) 22-300 (Address, with the telephone number, of the head "
            "office)",
        ),
        (
            "pair",
            "Former name, if it has changed",
            "N/A (Former name, if it has changed)",
        ),
    ]
    assert [kind for kind, _, _ in texts(COVER)[3:]] == ["prose", "prose"]


def test_each_field_of_a_form_that_is_filled_in_is_a_statement() -> None:
    form = "| Vessel: | Wren | Age: |  |\n| Light: | Light: | Day |"
    assert [(key, text) for _, key, text in texts(form)] == [
        ("Vessel:", "| Vessel: | Wren |"),
        ("Light:", "| Light: | Day |"),
    ]


def test_a_field_does_not_answer_what_is_asked_about_its_value() -> None:
    (field,) = statements(passage("| Vessel: | Wren | Age: |  |"))
    asked = {
        question: relevance.tells_its_key(keys_of(question), field)
        for question in ("Where is the Wren moored?", "What is the vessel?", "Who is on board?")
    }
    assert list(asked.values()) == [True, False, False]


@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        ("(1) Elm .............. 7360\n(2) Yew .............. 9104", ["item", "item"]),
        ("Felling .............. 12\nPlanting ............. 31", []),
    ],
)
def test_codes_behind_leaders_are_values_and_pages_are_not(content: str, kinds: list[str]) -> None:
    assert [kind for kind, _, _ in texts(content)] == kinds


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("What is the price of the igniter?", {"price"}),
        ("What is Ada's telephone number?", {"telephone", "number"}),
        ("How many eggs does a duck lay?", {"eggs"}),
        ("How many women die of it each year?", {"women", "die"}),
        ("What does a mammogram cost?", {"cost"}),
        ("How old is the pilot?", {"old"}),
        ("How large is unit 7?", set()),
        ("Where is the ladder?", set()),
    ],
)
def test_what_is_asked_of_a_thing_is_told_from_the_thing(question: str, asked: set[str]) -> None:
    assert attributes.asked(question) == {wording.form(word) for word in asked}


@pytest.mark.parametrize(
    ("question", "content", "tells"),
    [
        ("How many oars are there?", "| Price of oar hooks | 7 |", False),
        ("How many oars are there?", "| Number of oars | 7 |", True),
        ("How many oars are there?", "The L1 boat has oars in every cabin.", False),
        ("How old is the skipper?", "On 4 May 2023 the skipper retired.", False),
        ("Who signed the report?", "By: /s/ Ada Elm", True),
    ],
)
def test_a_number_counts_what_is_asked(question: str, content: str, tells: bool) -> None:
    (statement,) = statements(passage(content))
    of = coverage.weighted(keys_of(question), [statement])
    assert (relevance.features(question, of, statement, 0.5).lacking == 0) is tells


def test_the_mark_of_a_signature_tells_who_signed() -> None:
    assert relevance.tells("Who signed the report?", "By: /s/ Ada Elm")
    assert not relevance.tells("Who wrote the report?", "By: /s/ Ada Elm")


def test_a_document_is_about_what_most_of_its_passages_name() -> None:
    names = keys_of("What is the fare of Larch Ferries?").names
    found = [
        passage("Larch Ferries sails daily.", chunk_id="a", document_id="one"),
        passage("The fleet of Larch Ferries is old.", chunk_id="b", document_id="one"),
        passage("Fares rose.", chunk_id="c", document_id="one"),
        passage("Larch Ferries is a rival.", chunk_id="d", document_id="two"),
    ]
    assert names_of_documents(names, found) == {"one": "Larch Ferries", "two": ""}


@pytest.mark.parametrize(
    ("question", "content", "stands"),
    [
        (
            "What were total assets?",
            "| Item | Sum |\n|-|-|\n| Total assets | 40 |\n| Total soft assets | 3 |",
            ["| Total assets | 40 |"],
        ),
        (
            "Who signed Larch's yearly report?",
            "Larch Inc. By: /s/ Ada Elm",
            ["Larch Inc. By: /s/ Ada Elm"],
        ),
        ("Who is the Chief Diving Officer?", "Ada is the Chief Flight Officer.", []),
        (
            "Who is the Chief Flight Officer?",
            "Ada is the Chief Flight Officer.",
            ["Ada is the Chief Flight Officer."],
        ),
    ],
)
def test_a_row_of_a_narrower_thing_and_another_role_do_not_stand(
    question: str, content: str, stands: list[str]
) -> None:
    keys = keys_of(question)
    every = statements(passage(content))
    assert [each.text for each in every if guard.stands_under(each, keys)] == stands
