"""The official client of OpenAI gets cited answers, whole and as a stream."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import httpx2
import openai
import pytest

from services.query.routes.openai import ChatMessage, turns_of
from services.query.schemas import MAX_QUERY
from shared.settings import Settings
from tests.support import system as kit
from tests.support.callers import digest
from tests.support.system import SystemClient

ALARM = b"# Alarms\n\nThe alarm delay of freezer UF-1 is 20 minutes.\n"
KEY = "root-key"
QUESTION = "What is the alarm delay of freezer UF-1?"
QUOTE = "The alarm delay of freezer UF-1 is 20 minutes."


@contextlib.asynccontextmanager
async def with_alarms(settings: Settings) -> AsyncIterator[SystemClient]:
    """Yield a system with a key and one document; clients of OpenAI always send a key."""
    changed = settings.model_dump() | {"api_keys": f"root:{digest(KEY)}"}
    async with kit.system(settings.model_validate(changed)) as client:
        client.http.headers["Authorization"] = f"Bearer {KEY}"
        sent = await client.http.post(
            "/api/v1/documents/upload",
            files={"file": ("alarms.md", ALARM)},
            data={"collection": "cold"},
        )
        path = f"/api/v1/processing/status/{sent.json()['document_id']}"

        async def is_done() -> bool:
            return bool((await client.http.get(path)).json()["status"] == "completed")

        await kit.until(is_done)
        yield client


@pytest.fixture
async def system(settings: Settings) -> AsyncIterator[SystemClient]:
    async with with_alarms(settings) as client:
        yield client


def client_of(system: SystemClient) -> openai.AsyncOpenAI:
    """Return the official client on the gateway of the system."""
    http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=system.system.app))
    address = "http://quire/v1"
    return openai.AsyncOpenAI(api_key=KEY, base_url=address, http_client=http, max_retries=0)


async def test_a_chat_completion_is_cited(system: SystemClient) -> None:
    made = await client_of(system).chat.completions.create(
        model="quire", messages=[{"role": "user", "content": QUESTION}], temperature=0.2
    )
    (choice,) = made.choices
    assert choice.finish_reason == "stop"
    assert choice.message.content == f"{QUOTE} [1]"
    assert choice.message.annotations
    cited = choice.message.annotations[0].url_citation
    assert choice.message.content[cited.start_index : cited.end_index] == QUOTE
    assert cited.url.startswith("/documents/")
    whole = made.model_dump()["quire"]
    assert whole["citations"][0]["quote"] == QUOTE
    assert whole["grounding"] == "cited"


async def test_a_stream_has_the_same_text_and_annotations(system: SystemClient) -> None:
    client = client_of(system)
    stream = await client.chat.completions.create(
        model="quire:cold",
        messages=[{"role": "user", "content": [{"type": "text", "text": QUESTION}]}],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == f"{QUOTE} [1]"
    last = next(chunk for chunk in chunks if chunk.choices and chunk.choices[0].finish_reason)
    assert last.choices[0].delta.model_dump()["annotations"]
    assert chunks[-1].usage is not None


async def test_models_are_the_whole_and_each_collection(system: SystemClient) -> None:
    client = client_of(system)
    assert "quire:cold" in [model.id async for model in client.models.list()]
    with pytest.raises(openai.NotFoundError):
        await client.chat.completions.create(
            model="gpt-4", messages=[{"role": "user", "content": "Why?"}]
        )
    with pytest.raises(openai.UnprocessableEntityError):
        await client.chat.completions.create(
            model="quire", messages=[{"role": "assistant", "content": "Why?"}]
        )


def test_turns_are_questions_with_the_answer_that_follows() -> None:
    said = [
        ChatMessage(role="assistant", content="Hello."),
        ChatMessage(role="user", content="One?"),
        ChatMessage(role="assistant", content="Yes."),
        ChatMessage(role="assistant", content="Really."),
        ChatMessage(role="user", content="Two?"),
    ]
    assert [(turn.question, turn.answer) for turn in turns_of(said)] == [
        ("One?", "Yes."),
        ("Two?", ""),
    ]


def test_a_turn_is_no_longer_than_a_question_may_be() -> None:
    (turn,) = turns_of([ChatMessage(role="user", content="a\0" * MAX_QUERY)])
    assert turn.question == "a" * MAX_QUERY
