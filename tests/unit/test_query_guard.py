"""A statement stands under the keys of a question, or is not an answer."""

from __future__ import annotations

import pytest

from services.query.answers import guard
from services.query.answers.keys import keys_of
from services.query.answers.statements import statements
from tests.support.passages import passage


def standing(question: str, content: str, title: str = "", source: str = "") -> list[str]:
    keys = keys_of(question)
    every = statements(passage(content, title=title, source=source))
    return [each.text for each in every if guard.stands_under(each, keys)]


CODES = "At error F20 stop the belt.\n\nAt error F21 call Ada."
LIFT = "The load is 300 kg. It needs 40 litres of oil."


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What do I do at error F21?", ["At error F21 call Ada."]),
        ("f21", ["At error F21 call Ada."]),
        ("F-21", ["At error F21 call Ada."]),
        ("What do I do at error F22?", []),
        ("F2", []),
    ],
)
def test_only_statements_of_the_asked_code_stand(question: str, expected: list[str]) -> None:
    assert standing(question, CODES) == expected


def test_an_amount_is_no_other_ticket() -> None:
    text = "Case 70844. The parcel was wet. We refunded 218 dollars."
    assert standing("How much was refunded in case 70844?", text)[-1] == "We refunded 218 dollars."
    assert standing("How much was refunded in case 70845?", text) == []


def test_a_word_for_a_relation_names_no_other_thing() -> None:
    found = standing("What is the cleaning time of the sluice?", "Cleaning plan\n\nSluice: noon")
    assert found == ["Sluice: noon"]


@pytest.mark.parametrize(
    ("question", "stands"),
    [
        ("What is the load of the Orlo 7?", True),
        ("What is the load of the Orlo 8?", False),
        ("What is the load of the Orlo 300?", False),
        ("What is the load in 2031?", True),
        ("What is the load in 2032?", False),
        ("What is the load in version 1.2?", True),
        ("What is the load in version 1.3?", False),
    ],
)
def test_the_title_and_the_file_name_may_hold_the_key(question: str, stands: bool) -> None:
    found = standing(question, LIFT, "Orlo 7 lift, 2031", "lift-1.2.md")
    assert bool(found) is stands


def test_the_nearest_level_with_a_key_of_its_kind_decides() -> None:
    content = "In 2030 it was 4 tonnes. The catch was 9 tonnes."
    assert standing("What was the catch in 2031?", content, "Report 2031") == []
    assert standing("What was the catch in 2030?", content, "Report 2031") == [
        "In 2030 it was 4 tonnes.",
        "The catch was 9 tonnes.",
    ]


@pytest.mark.parametrize(
    ("question", "stands"),
    [
        ("Where is the paper cutter?", False),
        ("Where is the pipe cutter?", True),
        ("Where is the cutter?", True),
        ("Where is the sharp pipe cutter?", True),
    ],
)
def test_another_thing_of_the_same_kind_does_not_stand(question: str, stands: bool) -> None:
    assert bool(standing(question, "Pipe cutter: in the shed")) is stands
    assert bool(standing(question, "Pipe cutter\n\nIt hangs in the shed.")) is stands


@pytest.mark.parametrize(
    ("question", "unmet"),
    [
        ("What do I do at error F22?", ["F22"]),
        ("Does Ada answer error F21?", []),
        ("Does Sankt Veit answer error F21?", ["Sankt Veit"]),
    ],
)
def test_keys_that_no_statement_has_are_named(question: str, unmet: list[str]) -> None:
    every = statements(passage(CODES))
    assert guard.unmet(every, keys_of(question)) == unmet
