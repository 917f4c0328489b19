"""The extractive answerer on passages of one and of several retrievers."""

from __future__ import annotations

import pytest

from services.query.answers.extractive import ExtractiveAnswerer
from services.query.question import Question
from services.query.retrieval import fusion
from services.query.retrieval.passages import Passage
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


async def test_a_list_is_quoted_as_one() -> None:
    content = "The kit holds:\n\n- two oars\n- a sail\n\nIt is checked in May."
    answerer = ExtractiveAnswerer(AsyncEncoder(), min_score=0.3)
    answer = await answerer.answer(
        Question.from_text("What does the kit hold?"), [passage(content)]
    )
    assert [each.quote for each in answer.citations] == ["The kit holds:\n\n- two oars\n- a sail"]
    assert answer.text == "The kit holds:\n- two oars\n- a sail [1]"
    assert [answer.text[each.start : each.end] for each in answer.claims] == answer.sentences


async def test_a_sentence_with_its_subject_is_quoted_once_and_in_one_line() -> None:
    content = "Ada is captain of the\nboat. She sails the boat alone. Bo rows."
    answerer = ExtractiveAnswerer(AsyncEncoder(), min_score=0.3)
    answer = await answerer.answer(Question.from_text("Who sails the boat?"), [passage(content)])
    assert answer.text == "Ada is captain of the boat. She sails the boat alone. [1]"


@pytest.mark.parametrize(
    ("passages", "said", "near"),
    [
        ([], "Nothing near was found.", 0),
        ([passage("The fault K-8 is red.")], "The documents do not say. Not found: K-9.", 1),
    ],
)
async def test_an_abstention_names_the_key_and_shows_what_was_near(
    passages: list[Passage], said: str, near: int
) -> None:
    answerer = ExtractiveAnswerer(AsyncEncoder(), min_score=0.3)
    answer = await answerer.answer(Question.from_text("What is fault K-9?"), passages)
    assert (answer.text, len(answer.nearest)) == (said, near)
    assert (answer.grounding, answer.claims) == ("abstained", [])


@pytest.mark.parametrize(
    ("following", "expected"),
    [
        ("- a rope\n- a lamp\n\nIt is checked in May.", ["- a rope\n- a lamp"]),
        ("Loft\n\n- a rope", []),
        ("It is checked in May.", []),
        (None, []),
    ],
)
async def test_a_list_is_continued_in_the_next_text(
    following: str | None, expected: list[str]
) -> None:
    async def text_after(source: Passage) -> Passage | None:
        if source.ordinal or following is None:
            return None
        return passage(following, chunk_id="next", ordinal=1)

    content = "The kit holds:\n\n- two oars\n- a sail"
    answerer = ExtractiveAnswerer(AsyncEncoder(), min_score=0.3)
    question = Question.from_text("What does the kit hold?")
    answer = await answerer.answer(question, [passage(content)], text_after)
    assert [each.quote for each in answer.citations] == [content, *expected]
