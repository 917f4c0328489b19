"""What answers may take of a language model and of the server, and turns that get no answer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.query.retrieval.retrieval import Retrieval
from services.query.streams.memory import MemoryStreams
from shared.domain.errors import Unavailable
from tests.support.language_model import HANG, Reply, delta, says, stand_in
from tests.support.query_service import Library, small_library
from tests.support.wait import until

ALARM = "The alarm delay of freezer UF-1 is 20 minutes."
QUESTION = "What is the alarm delay of freezer UF-1?"
CONVERSATIONS = "/api/v1/conversations"


async def begin(library: Library) -> str:
    made = await library.client.post(CONVERSATIONS, json={})
    return str(made.json()["conversation_id"])


async def turns(library: Library, conversation_id: str) -> list[dict[str, Any]]:
    shown = await library.client.get(f"{CONVERSATIONS}/{conversation_id}")
    found: list[dict[str, Any]] = shown.json()["turns"]
    return found


async def ask(library: Library, **body: Any) -> httpx.Response:
    return await library.client.post("/api/v1/query", json={"query": QUESTION, **body})


@pytest.mark.parametrize("is_streamed", [False, True])
async def test_a_turn_whose_answer_raises_has_failed_and_the_next_one_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_streamed: bool
) -> None:
    async def raises(*_: Any, **__: Any) -> None:
        raise RuntimeError("a fault")

    async with small_library(tmp_path) as library:
        await library.add(ALARM)
        within = await begin(library)
        with monkeypatch.context() as broken:
            broken.setattr(Retrieval, "find_each", raises)
            failed = await ask(library, conversation_id=within, stream=is_streamed)
        assert failed.status_code == 500
        (turn,) = await turns(library, within)
        assert (turn["state"], turn["answered"]) == ("failed", False)
        assert (await ask(library, conversation_id=within)).json()["turn"] == 2


async def test_a_turn_whose_stream_can_not_be_opened_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise Unavailable

    monkeypatch.setattr(MemoryStreams, "open", away)
    async with small_library(tmp_path) as library:
        within = await begin(library)
        assert (await ask(library, conversation_id=within, stream=True)).status_code == 503
        (turn,) = await turns(library, within)
    assert turn["state"] == "failed"


async def test_answers_at_once_of_one_principal_are_bounded(tmp_path: Path) -> None:
    reply = Reply([delta("The delay "), HANG])
    async with (
        stand_in(reply) as server,
        small_library(tmp_path, llm_url=server.url, answers_at_once=1) as library,
    ):
        await library.add(ALARM)
        within = await begin(library)
        running = asyncio.create_task(ask(library, stream=True))
        await until(lambda: server.most_streams == 1)
        refused = await ask(library, stream=True, conversation_id=within)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_at_once")
        assert int(refused.headers["retry-after"]) > 0
        # Not asked at all: the conversation has no turn of it.
        assert await turns(library, within) == []
        body = {"query": QUESTION, "mode": "extractive", "stream": True}
        ben = {"x-caller": "ben"}
        other = await library.client.post("/api/v1/query", json=body, headers=ben)
        assert other.status_code == 200
    await running


async def test_tokens_of_a_rewritten_question_count_and_end_with_the_budget(tmp_path: Path) -> None:
    # 100 tokens read and 20 written by each reply.
    answer = says("The delay is 20 minutes [1.1].")
    async with (
        stand_in(answer, says(QUESTION), answer) as server,
        small_library(tmp_path, llm_url=server.url, llm_tokens_per_day=130) as library,
    ):
        await library.add(ALARM)
        within = await begin(library)
        for expected in (None, None, "budget_spent"):
            answered = await ask(library, conversation_id=within, query="And of UF-1?")
            assert answered.json()["fallback"] == expected
            found = await turns(library, within)
    taken = [(each["prompt_tokens"], each["completion_tokens"]) for each in found]
    assert taken == [(100, 20), (200, 40), (0, 0)]
    # The last question was not rewritten by the model either.
    assert len(server.requests) == 3
