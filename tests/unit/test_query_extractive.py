"""The extractive answerer on passages of one and of several retrievers."""

from __future__ import annotations

import pytest

from services.query.answers.extractive import ExtractiveAnswerer
from services.query.question import Question
from services.query.retrieval import fusion
from tests.support.fakes import AsyncEncoder
from tests.support.passages import passage

TEXTS = {"alarm": "The alarm is loud.", "visitors": "Visitors sign the book."}
DENSE = {"alarm": 0.8, "visitors": 0.1}
WORDS = {"alarm": 12.0, "visitors": 3.0}


@pytest.mark.parametrize("lists", [{"dense": DENSE}, {"dense": DENSE, "words": WORDS}])
async def test_passages_are_compared_by_cosine_however_they_were_ranked(
    lists: dict[str, dict[str, float]],
) -> None:
    passages = [
        passage(TEXTS[each.chunk_id], chunk_id=each.chunk_id, score=each.score, scores=each.scores)
        for each in fusion.fuse(lists, 0.5)
    ]
    answerer = ExtractiveAnswerer(AsyncEncoder(), min_score=0.3)
    answer = await answerer.answer(Question.from_text("How loud is the alarm?"), passages)
    assert answer.sentences == ["The alarm is loud."]


async def test_a_passage_that_only_another_retriever_found_is_used() -> None:
    found = passage(TEXTS["alarm"], score=0.03, scores={"words": 12.0})
    answerer = ExtractiveAnswerer(AsyncEncoder(), min_score=0.3)
    answer = await answerer.answer(Question.from_text("How loud is the alarm?"), [found])
    assert answer.sentences == ["The alarm is loud."]
