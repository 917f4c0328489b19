"""Answers are quotes with citations, or say that the documents do not answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.language_model import sse_frames
from tests.support.query_service import Library, small_library

LIMITS = """Table 1: Alarm limits
| Unit | Alarm delay |
|-|-|
| UF-1 | 20 minutes |
| UF-2 | 30 minutes |"""


@pytest.fixture
async def documents(tmp_path: Path) -> AsyncIterator[Library]:
    async with small_library(tmp_path) as opened:
        yield opened


async def contents(documents: Library, answer: dict[str, Any]) -> dict[str, str]:
    passages = await documents.retrieve("alarm deviation report visitors", top_k=100)
    return {each["chunk_id"]: each["content"] for each in passages}


async def test_an_answer_quotes_its_source(documents: Library) -> None:
    text = "Records are kept for years. The alarm delay of freezer UF-1 is 20 minutes."
    document_id = await documents.add({"content": text, "page_num": 4}, title="Cold chain")
    answer = await documents.ask("What is the alarm delay of freezer UF-1?")
    assert answer["answered"] is True
    assert answer["mode"] == "extractive"
    assert answer["response"] == "The alarm delay of freezer UF-1 is 20 minutes. [1]"
    (citation,) = answer["citations"]
    assert citation["index"] == 1
    assert citation["document_id"] == document_id
    assert (citation["title"], citation["page"]) == ("Cold chain", 4)
    assert citation["quote"] == "The alarm delay of freezer UF-1 is 20 minutes."
    assert (answer["chunks_retrieved"], answer["chunks_reranked"]) == (1, 1)


async def test_a_table_row_is_quoted_literally_and_shown_below_its_header(
    documents: Library,
) -> None:
    await documents.add({"content": LIMITS, "chunk_type": "table"}, "Visitors wear badges.")
    answer = await documents.ask("What is the alarm delay of unit UF-1?")
    first = answer["citations"][0]
    assert first["quote"] == "| UF-1 | 20 minutes |"
    assert first["chunk_type"] == "table"
    assert answer["response"] == "| Unit | Alarm delay |\n|---|---|\n| UF-1 | 20 minutes | [1]"


async def test_a_question_with_two_parts_is_answered_from_two_documents(documents: Library) -> None:
    one = await documents.add("A sensor out of tolerance is classed as a major deviation.")
    other = await documents.add("The written report is due within 24 hours of discovery.")
    await documents.add(*(f"Visitors of kind {at} wear a badge." for at in range(20)))
    answer = await documents.ask(
        "How is a sensor out of tolerance classed, and when is the written report due?"
    )
    assert [each["document_id"] for each in answer["citations"]] == [one, other]
    assert [each["index"] for each in answer["citations"]] == [1, 2]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Who won the football match?", "Nothing near was found."),
        (
            "At what temperature is blood plasma stored, and how long may plasma be kept?",
            "The documents do not say.",
        ),
        (
            "What is the alarm delay of the Basel centrifuge?",
            "The documents do not say. Not found: Basel.",
        ),
    ],
)
async def test_a_question_without_an_answer_in_the_documents_is_refused(
    documents: Library, question: str, said: str
) -> None:
    await documents.add("The alarm has a delay of 20 minutes.", "Vaccines are stored at 5 °C.")
    answer = await documents.ask(question)
    assert answer["answered"] is False
    assert answer["response"] == said
    assert answer["citations"] == []


async def test_change_histories_are_quoted_only_if_asked_about(documents: Library) -> None:
    await documents.add("The written report is due within 24 hours.")
    history = "| Version | Change |\n|-|-|\n| 2 | Written report due after 24 hours, not 48. |"
    await documents.add({"content": history, "chunk_type": "table"})
    now = await documents.ask("When is the written report due?")
    assert [each["chunk_type"] for each in now["citations"]] == ["text"]
    change = await documents.ask("Which change was made to when the written report is due?")
    assert "table" in [each["chunk_type"] for each in change["citations"]]


async def test_an_empty_library_answers_no_question(documents: Library) -> None:
    assert (await documents.ask("Anything?"))["answered"] is False


async def test_every_quote_is_literally_in_its_chunk(documents: Library) -> None:
    await documents.add(
        "The alarm sounds.\nA deviation\nreport follows. Visitors leave.",
        {"content": LIMITS, "chunk_type": "table"},
        {"content": "Fig. 1: alarm panel", "chunk_type": "image", "image_path": "x"},
    )
    answer = await documents.ask("Which deviation report follows the alarm?")
    known = await contents(documents, answer)
    assert answer["citations"]
    for citation in answer["citations"]:
        assert citation["quote"] in known[citation["chunk_id"]]


async def test_filters_apply_to_answers(documents: Library) -> None:
    await documents.add("The alarm delay of freezer UF-1 is 20 minutes.", collection="secret")
    question = "What is the alarm delay of freezer UF-1?"
    answer = await documents.ask(question, filters={"collection": "default"})
    assert (answer["answered"], answer["chunks_retrieved"]) == (False, 0)


async def test_a_stream_has_the_same_answer_in_pieces(documents: Library) -> None:
    await documents.add("The alarm delay of freezer UF-1 is 20 minutes.")
    body = {"query": "What is the alarm delay of freezer UF-1?", "stream": True}
    response = await documents.client.post("/api/v1/query", json=body)
    assert response.headers["content-type"].startswith("text/event-stream")
    frames = sse_frames(response.text)
    assert [frame.event for frame in frames] == ["started", "citation", "chunk", "done"]
    assert [frame.id for frame in frames] == ["1", "2", "3", "4"]
    _, citation, chunk, done = (frame.data for frame in frames)
    assert done["citations"] == [citation]
    assert done["response"] == chunk["text"]


async def test_a_list_that_two_chunks_share_is_quoted_whole(documents: Library) -> None:
    await documents.add("The kit holds:\n\n- two oars\n- a sail", "- a rope\n- a lamp")
    answer = await documents.ask("What does the kit hold?")
    quotes = [each["quote"] for each in answer["citations"]]
    assert quotes == ["The kit holds:\n\n- two oars\n- a sail", "- a rope\n- a lamp"]
