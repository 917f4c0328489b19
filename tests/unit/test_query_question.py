"""Questions are split into sub-questions."""

from __future__ import annotations

import pytest

from services.query.question import Question, sub_questions


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
def test_several_questions_are_split(question: str, expected: list[str]) -> None:
    assert sub_questions(question) == expected
    asked = Question.from_text(question).asked
    assert [each.text for each in asked] == expected


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
    assert sub_questions(question) == []
    whole = Question.from_text(question)
    assert whole.asked == (whole,)


def test_there_are_at_most_four_sub_questions() -> None:
    assert (
        len(sub_questions("what is a; what is b; what is c; what is d; what is e; what is f")) == 4
    )
