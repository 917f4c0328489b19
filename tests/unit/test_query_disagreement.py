"""Documents that disagree are said to, the newest first."""

from __future__ import annotations

import pytest

from services.query.answers.disagreement import DISAGREE, NEWEST_FIRST
from services.query.answers.extractive import ExtractiveAnswerer
from services.query.question import Question
from services.query.retrieval.passages import Passage
from tests.support.fakes import AsyncEncoder
from tests.support.passages import passage


def rules(days: int, opening: str, title: str = "") -> Passage:
    text = f"A loan of a boat lasts {days} days."
    key = f"{opening}{title}"
    return passage(text, document_id=key, chunk_id=key, opening=opening, title=title)


OLD, NEW = rules(3, "Rules; Version 1.9"), rules(5, "Rules; Version 1.10")
SAME = rules(3, "Rules; Version 2.0")


@pytest.mark.parametrize(
    ("question", "passages", "expected"),
    [
        ("How long does a loan last?", [OLD, NEW], [NEW, OLD]),
        ("How long does a loan last?", [OLD, SAME], [OLD]),
        ("How long does a loan last in version 1.9?", [OLD, NEW], [OLD]),
        ("How long does a loan last in version 1.10?", [OLD, NEW], [NEW]),
    ],
)
async def test_the_newest_of_several_values_comes_first(
    question: str, passages: list[Passage], expected: list[Passage]
) -> None:
    answerer = ExtractiveAnswerer(AsyncEncoder(), min_score=0.3)
    answer = await answerer.answer(Question.from_text(question), passages)
    assert [each.document_id for each in answer.citations] == [one.document_id for one in expected]
    assert answer.text.startswith(DISAGREE) is (len(expected) > 1)
    assert [answer.text[each.start : each.end] for each in answer.claims] == answer.sentences


@pytest.mark.parametrize(
    ("passages", "said"),
    [
        ([OLD, NEW], f"{NEWEST_FIRST}: Version 1.10, then Version 1.9."),
        (
            [rules(5, "Rules; Version 3"), rules(3, "Rules; Version 2; Valid from 2 May 2040")],
            f"{NEWEST_FIRST}: Version 2, Valid from 2 May 2040, then Version 3.",
        ),
        (
            [rules(3, "A", "Rules 2039"), rules(5, "B", "Rules 2040")],
            f"{NEWEST_FIRST}: Rules 2040, then Rules 2039.",
        ),
        ([rules(3, "A"), rules(5, "B")], "."),
    ],
)
async def test_the_dates_of_documents_that_disagree_are_said(
    passages: list[Passage], said: str
) -> None:
    answerer = ExtractiveAnswerer(AsyncEncoder(), min_score=0.3)
    answer = await answerer.answer(Question.from_text("How long does a loan last?"), passages)
    assert answer.text.startswith(f"{DISAGREE}{said} A loan of a boat lasts ")
