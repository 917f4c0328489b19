"""The extractive answerer on passages of one and of several retrievers."""

from __future__ import annotations

import pytest

from services.query.answers.extractive import ExtractiveAnswerer
from services.query.question import Question
from services.query.retrieval import ranking
from shared.vectors.base import Hit
from tests.support.fakes import AsyncEncoder
from tests.support.passages import passage

TEXTS = {"alarm": "The alarm is loud.", "visitors": "Visitors sign the book."}
DENSE = [Hit("alarm", 0.8), Hit("visitors", 0.1)]
WORDS = [Hit("alarm", 12.0), Hit("visitors", 3.0)]


@pytest.mark.parametrize("lists", [{"dense": DENSE}, {"dense": DENSE, "words": WORDS}])
async def test_passages_are_compared_by_cosine_however_they_were_ranked(
    lists: dict[str, list[Hit]],
) -> None:
    passages = [
        passage(TEXTS[each.chunk_id], chunk_id=each.chunk_id, score=each.score, scores=each.scores)
        for each in ranking.fuse(lists)
    ]
    answerer = ExtractiveAnswerer(AsyncEncoder(), min_score=0.3)
    answer = await answerer.answer(Question.from_text("How loud is the alarm?"), passages)
    assert answer.sentences == ["The alarm is loud."]


async def test_a_passage_that_only_another_retriever_found_is_used() -> None:
    found = passage(TEXTS["alarm"], score=0.03, scores={"words": 12.0})
    answerer = ExtractiveAnswerer(AsyncEncoder(), min_score=0.3)
    answer = await answerer.answer(Question.from_text("How loud is the alarm?"), [found])
    assert answer.sentences == ["The alarm is loud."]
