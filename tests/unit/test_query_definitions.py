"""Questions about what a thing is, and the texts that say it."""

from __future__ import annotations

import pytest

from services.query.answers.definitions import asks, defines


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("What is a yawl?", "A yawl is a boat with two masts.", True),
        ("What are yawls?", "Yawls are boats.", True),
        ("What is a yawl?", "Yawl: a boat with two masts", True),
        ("What is a yawl?", "In sailing, a yawl is patched.", False),
        ("What is a yawl?", "The yawl is the fastest boat.", False),
        ("What is a yawl?", "He bought a yawl.", False),
        ("What does ABC stand for?", "It uses Alpha Beta Code (ABC).", True),
        ("What does ABC stand for?", "The ABC was read.", False),
        ("Was ist ein Raum?", "Ein Raum ist ein Paar.", True),
        ("Was bedeutet Lee?", "Lee bezeichnet die windferne Seite.", True),
        ("What is the price of a yawl?", "The price of a yawl is the highest.", False),
        ("Where is the yawl?", "A yawl is a boat.", False),
    ],
)
def test_a_definition_begins_with_the_thing_and_says_what_it_is(
    question: str, text: str, expected: bool
) -> None:
    assert defines(question, text) is expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [("What is a yawl?", True), ("What is the deadline?", False), ("What is Bo's age?", False)],
)
def test_a_question_for_a_value_asks_for_no_definition(question: str, expected: bool) -> None:
    assert asks(question) is expected
