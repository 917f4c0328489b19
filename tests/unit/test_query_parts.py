"""A question that asks several things is asked in parts."""

from __future__ import annotations

import pytest

from services.query.answers.sub_questions import parts


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "A sensor is out of tolerance: how is it classed, and when is the report due?",
            ["how is it classed", "when is the report due"],
        ),
        (
            "Who signs the report and by when must it be sent?",
            ["Who signs the report", "by when must it be sent"],
        ),
        ("Who signs? When is it due?", ["Who signs", "When is it due"]),
    ],
)
def test_several_questions_are_taken_apart(question: str, expected: list[str]) -> None:
    assert parts(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "What is the alarm delay of freezer UF-1?",
        "When and where did it happen?",
        "The lamp is broken: who is told?",
        "What are salt and pepper used for?",
        "alarm delay",
        "?",
    ],
)
def test_one_question_stays_whole(question: str) -> None:
    assert parts(question) == [question]


def test_there_are_never_more_than_four() -> None:
    assert len(parts("what is a; what is b; what is c; what is d; what is e; what is f")) == 4
