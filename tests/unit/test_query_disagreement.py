"""Documents that disagree are said to, the newest first."""

from __future__ import annotations

import pytest

from services.query.answers.extractive import DISAGREE, ExtractiveAnswerer
from services.query.question import Question
from services.query.retrieval.passages import Passage
from tests.support.fakes import AsyncEncoder
from tests.support.passages import passage


def rules(days: int, opening: str) -> Passage:
    text = f"A loan of a boat lasts {days} days."
    return passage(text, document_id=opening, chunk_id=opening, opening=opening)


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
