"""The adapter of OpenAI-compatible servers, against one that speaks the protocol and misbehaves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from services.query.answers.llm.base import Message, ModelFailure, Usage
from services.query.answers.llm.openai import OpenAIChat, open_openai
from services.query.answers.llm.retries import retry_after_s, wait_s
from shared.domain.errors import SettingsError
from shared.settings import Settings
from tests.support.language_model import (
    CUT,
    DONE,
    HANG,
    Reply,
    StandIn,
    delta,
    says,
    stand_in,
    status,
)

ASKED = [Message("user", "Why?")]
LETTER = "ü".encode()


class Sleeper:
    def __init__(self) -> None:
        self.slept: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


@asynccontextmanager
async def chat(
    server: StandIn, *, wait_s: float = 5, sleep: Sleeper | None = None
) -> AsyncIterator[OpenAIChat]:
    model = OpenAIChat(
        server.url,
        "small",
        first_token_s=wait_s,
        idle_s=wait_s,
        sleep=sleep or Sleeper(),
    )
    yield model
    await model.close()


async def read(model: OpenAIChat) -> tuple[str, Usage | None]:
    text, usage = "", None
    async for piece in model.stream(ASKED, max_tokens=50):
        if isinstance(piece, Usage):
            usage = piece
        else:
            text += piece
    return text, usage


async def read_until_failure(model: OpenAIChat) -> tuple[str, str]:
    text = ""
    try:
        async for piece in model.stream(ASKED, max_tokens=50):
            text += piece if isinstance(piece, str) else ""
    except ModelFailure as failure:
        return text, failure.reason
    pytest.fail("the model did not fail")


async def test_an_answer_is_read_piece_by_piece_with_its_usage() -> None:
    async with stand_in(says("It ", "is ", "kept.")) as server, chat(server) as model:
        assert await read(model) == ("It is kept.", Usage(100, 20))
    (request,) = server.requests
    assert request["messages"] == [{"role": "user", "content": "Why?"}]
    assert (request["model"], request["max_tokens"], request["stream"]) == ("small", 50, True)


async def test_a_letter_that_two_packets_share_is_whole() -> None:
    whole = delta("für immer") + DONE
    cut = whole.index(LETTER) + 1
    reply = Reply([whole[:cut], 0.05, whole[cut:]])
    async with stand_in(reply) as server, chat(server) as model:
        assert (await read(model))[0] == "für immer"


@pytest.mark.parametrize("end", ["\r\n", "\n"])
async def test_every_line_end_and_comments_are_understood(end: str) -> None:
    text = f": ping{end}{end}event: x{end}data:{delta('a').decode()[5:].strip()}{end}{end}"
    parts = [bytes([byte]) for byte in (text + DONE.decode()).encode()]
    async with stand_in(Reply(parts)) as server, chat(server) as model:
        assert (await read(model))[0] == "a"


@pytest.mark.parametrize(
    ("reply", "text", "reason"),
    [
        (Reply([HANG]), "", "timeout"),
        (Reply([b": ping\n\n", HANG]), "", "timeout"),
        (Reply([delta("It "), HANG]), "It ", "timeout"),
        (Reply([delta("It "), CUT]), "It ", "cut_off"),
        (Reply([delta("It ")]), "It ", "cut_off"),
        (Reply([delta("It "), delta("für")[:-20], CUT]), "It ", "cut_off"),
        (Reply([delta("It "), b'data: {"error": {"message": "no"}}\n\n']), "It ", "cut_off"),
        (Reply([delta("It "), b"data: nonsense\n\n"]), "It ", "bad_response"),
        (Reply([b"data: nonsense\n\n"]), "", "bad_response"),
        (Reply([b"data: [1]\n\n"]), "", "bad_response"),
        (Reply([b"<html>"], content_type="text/html"), "", "bad_response"),
        (Reply([b"data: " + b"x" * 2_000_000]), "", "bad_response"),
        (status(401), "", "refused"),
        (status(404), "", "refused"),
        (status(307, location="http://127.0.0.1:1/v1/"), "", "refused"),
    ],
)
async def test_a_failure_has_its_reason_and_is_not_tried_again(
    reply: Reply, text: str, reason: str
) -> None:
    async with stand_in(reply) as server, chat(server, wait_s=0.5) as model:
        assert await read_until_failure(model) == (text, reason)
    assert len(server.requests) == 1


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
async def test_a_busy_server_is_asked_twice_more(code: int) -> None:
    sleep = Sleeper()
    replies = [status(code), status(code), says("done")]
    async with stand_in(*replies) as server, chat(server, sleep=sleep) as model:
        assert (await read(model))[0] == "done"
    assert len(server.requests) == 3
    assert 0.5 <= sleep.slept[0] <= 1 <= sleep.slept[1] <= 2


async def test_the_wait_that_a_server_asks_for_is_kept() -> None:
    sleep = Sleeper()
    replies = [status(429, retry_after="3"), says("done")]
    async with stand_in(*replies) as server, chat(server, sleep=sleep) as model:
        assert (await read(model))[0] == "done"
    assert sleep.slept == [3.0]


async def test_a_long_wait_is_not_kept_and_later_questions_do_not_ask() -> None:
    async with stand_in(status(429, retry_after="60")) as server, chat(server) as model:
        assert (await read_until_failure(model))[1] == "rate_limited"
        assert (await read_until_failure(model))[1] == "unreachable"
    assert len(server.requests) == 1


async def test_a_server_that_is_away_is_not_asked_by_the_next_questions() -> None:
    async with stand_in(says("never")) as server:
        url = server.url
    now = [0.0]
    model = OpenAIChat(url, "small", sleep=(sleep := Sleeper()), clock=lambda: now[0])
    assert (await read_until_failure(model))[1] == "unreachable"
    assert len(sleep.slept) == 2
    assert (await read_until_failure(model))[1] == "unreachable"
    assert len(sleep.slept) == 2
    now[0] = 60.0
    assert (await read_until_failure(model))[1] == "unreachable"
    assert len(sleep.slept) == 4
    await model.close()


async def test_models_are_listed_with_the_key_of_the_file(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("secret-1\n", encoding="utf-8")
    async with stand_in(says("x")) as server:
        settings = Settings(_env_file=None, llm_url=server.url, llm_key_file=str(key))
        model = open_openai(settings)
        assert await model.models() == ["small"]
        assert server.authorizations == ["Bearer secret-1"]
        await model.close()


@pytest.mark.parametrize("content", ["two keys", "kéy", "a\nb"])
def test_a_key_file_with_anything_else_is_refused(tmp_path: Path, content: str) -> None:
    key = tmp_path / "key"
    key.write_text(content, encoding="utf-8")
    settings = Settings(_env_file=None, llm_url="http://x/v1", llm_key_file=str(key))
    with pytest.raises(SettingsError, match="QUIRE_LLM_KEY_FILE"):
        open_openai(settings)


@pytest.mark.parametrize(
    ("attempt", "code", "after", "expected"),
    [
        (1, None, None, 0.5),
        (2, 503, None, 1.0),
        (3, 503, None, None),
        (1, 400, None, None),
        (1, 429, 10.0, 10.0),
        (1, 429, 10.1, None),
    ],
)
def test_what_is_tried_again_and_when(
    attempt: int, code: int | None, after: float | None, expected: float | None
) -> None:
    assert wait_s(attempt, code, after, 0) == expected


def test_a_wait_may_be_given_as_a_date() -> None:
    now = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
    later = format_datetime(now + timedelta(seconds=30), usegmt=True)
    assert retry_after_s(later, now) == 30
    assert retry_after_s("-5", now) is None
