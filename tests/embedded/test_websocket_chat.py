"""Questions over a WebSocket: answers arrive as they are made, and belong to the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx

from services.gateway.events import connection
from tests.support.callers import digest
from tests.support.gateway import gateway, served
from tests.support.language_model import DONE, HANG, Reply, delta, stand_in
from tests.support.query_service import small_library
from tests.support.websocket import Socket, socket

ALARM = "The delay of the alarm is 20 minutes."
QUESTION = "How long is the delay of the alarm?"


@asynccontextmanager
async def chatting(folder: Path, *replies: Reply, **settings: Any) -> AsyncIterator[str]:
    """Yield the address of a gateway whose query service knows one sentence and has a model."""
    async with (
        stand_in(*replies) as model,
        small_library(folder, llm_url=model.url, llm_model="small") as library,
    ):
        await library.add(ALARM)
        # The library's client calls the application of the query service.
        query = cast(httpx.ASGITransport, library.client._transport).app
        (folder / "gateway").mkdir()
        async with (
            gateway(folder / "gateway", query=query, **settings) as gate,
            served(gate) as url,
        ):
            yield url


def text_of(frames: list[dict[str, Any]]) -> str:
    return "".join(each["text"] for each in frames if each.get("kind") == "text")


async def begun(client: Socket, **question: Any) -> list[dict[str, Any]]:
    """Ask, and return the frames up to the first text."""
    await client.send("ask", query=QUESTION, **question)
    frames = [await client.next()]
    while frames[-1].get("kind") != "text":
        frames.append(await client.next())
    return frames


async def test_chat_streaming(tmp_path: Path) -> None:
    """Text and citations come in pieces, then the whole answer; changes go on beside them."""
    reply = Reply([delta("The delay "), delta("is 20 minutes [1.1]."), DONE])
    async with chatting(tmp_path, reply) as url, socket(url) as client:
        await client.send("ask", query=QUESTION, ref="q1")
        frames = await client.until("query_response")
    assert frames[0]["kind"] == "started"
    assert {each["ref"] for each in frames} == {"q1"}
    assert len({each["query_id"] for each in frames}) == 1
    assert [each["offset"] for each in frames] == list(range(1, len(frames) + 1))
    answer = frames[-1]
    assert answer["response"] == "The delay is 20 minutes [1]." == text_of(frames)
    assert [each["quote"] for each in answer["citations"]] == [ALARM]
    assert [each["citation"]["quote"] for each in frames if each.get("kind") == "citation"] == [
        ALARM
    ]


async def test_a_signed_in_browser_asks_with_its_cookie(tmp_path: Path) -> None:
    reply = Reply([delta("The delay is 20 minutes [1.1]."), DONE])
    async with (
        chatting(tmp_path, reply, api_keys=f"root:{digest('key')}") as url,
        httpx.AsyncClient(base_url=url) as http,
    ):
        headers = {"Authorization": "Bearer key"}
        signed = await http.post("/api/v1/session", headers=headers, json={})
        cookie = signed.headers["set-cookie"].partition(";")[0]
        async with socket(url, Cookie=cookie, Origin=url) as client:
            await client.send("ask", query=QUESTION)
            assert (await client.until("query_response"))[-1]["citations"]


async def test_another_client_goes_on_at_the_offset_of_a_lost_one(tmp_path: Path) -> None:
    reply = Reply([delta("The delay "), 0.3, delta("is 20 minutes [1.1]."), DONE])
    async with chatting(tmp_path, reply) as url:
        async with socket(url) as lost:
            seen = await begun(lost)
        at = {"query_id": seen[-1]["query_id"], "offset": seen[-1]["offset"]}
        async with socket(url) as client:
            await client.send("ask", **at)
            rest = await client.until("query_response")
    assert rest[0]["offset"] == seen[-1]["offset"] + 1
    assert text_of(seen + rest) == rest[-1]["response"] == "The delay is 20 minutes [1]."


async def test_an_answer_is_stopped_from_another_connection(tmp_path: Path) -> None:
    reply = Reply([delta("The delay is 20 minutes [1.1]. And"), HANG])
    async with chatting(tmp_path, reply) as url, socket(url) as client, socket(url) as other:
        seen = await begun(client)
        stopping = await other.ask("stop", query_id=seen[0]["query_id"])
        assert stopping["type"] == "stopping"
        answer = (await client.until("query_response"))[-1]
    assert (answer["state"], answer["response"]) == ("stopped", "The delay is 20 minutes [1]. And")


async def test_a_question_that_is_refused_says_why(tmp_path: Path) -> None:
    async with chatting(tmp_path) as url, socket(url) as client:
        refused = await client.ask("ask", query="", ref="r")
        unknown = await client.ask("ask", query_id="00000000-0000-4000-8000-000000000000")
        stop = await client.ask("stop", query_id="00000000-0000-4000-8000-000000000000")
    assert (refused["type"], refused["code"], refused["ref"]) == ("error", "invalid_request", "r")
    assert refused["errors"]
    assert (unknown["code"], stop["code"]) == ("not_found", "not_found")


async def test_questions_of_one_connection_have_a_ceiling(tmp_path: Path) -> None:
    waiting = [Reply([delta("The delay"), HANG]) for _ in range(connection.ASKS_AT_ONCE)]
    async with chatting(tmp_path, *waiting) as url, socket(url) as client:
        for number in range(connection.ASKS_AT_ONCE + 1):
            await client.send("ask", query=QUESTION, ref=str(number))
        refused = (await client.until("error"))[-1]
        assert (refused["code"], refused["ref"]) == (
            "too_many_at_once",
            str(connection.ASKS_AT_ONCE),
        )
