"""Answers that a language model words are checked, and replaced by quotes if it fails."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from shared.domain.caller import FIRST_ADMINISTRATOR
from tests.support import wait
from tests.support.language_model import (
    CUT,
    DONE,
    HANG,
    Frame,
    Part,
    Reply,
    Script,
    StandIn,
    cites,
    delta,
    letters,
    says,
    sentences_of,
    sse_frames,
    stand_in,
    status,
)
from tests.support.query_service import Library, small_library

ALARM = "The alarm delay of freezer UF-1 is 20 minutes."
CALL = "The duty officer is called after 30 minutes."
QUESTION = "What is the alarm delay of freezer UF-1?"


@asynccontextmanager
async def answering(
    folder: Path, *replies: Reply | Script, **settings: Any
) -> AsyncIterator[tuple[Library, StandIn]]:
    async with (
        stand_in(*replies) as server,
        small_library(folder, llm_url=server.url, llm_model="small", **settings) as library,
    ):
        yield library, server


async def stream(library: Library, query: str = QUESTION, **body: Any) -> list[Frame]:
    asked = {"query": query, "stream": True, **body}
    response = await library.client.post("/api/v1/query", json=asked)
    assert response.status_code == 200, response.text
    return sse_frames(response.text)


async def logged(library: Library) -> dict[str, Any]:
    response = await library.client.get("/api/v1/query/logs")
    entry: dict[str, Any] = response.json()["logs"][0]
    return entry


async def test_a_model_cites_sentences_and_never_writes_a_quote(tmp_path: Path) -> None:
    reply = letters("The delay of UF-1 is 20 minutes [1.1]. After 30 minutes someone is called.")
    async with answering(tmp_path, reply) as (library, server):
        document_id = await library.add({"content": f"{ALARM} {CALL}", "page_num": 4})
        answer = await library.ask(QUESTION)
    assert answer["mode"] == "generative"
    assert (answer["grounding"], answer["answered"]) == ("cited", True)
    assert answer["response"] == (
        "The delay of UF-1 is 20 minutes [1]. After 30 minutes someone is called."
    )
    (citation,) = answer["citations"]
    assert (citation["quote"], citation["page"]) == (ALARM, 4)
    assert citation["document_id"] == document_id
    first, second = answer["claims"]
    assert (first["verdict"], first["citations"]) == ("supported", [1])
    assert (second["verdict"], second["citations"]) == ("unsupported", [])
    for claim in (first, second):
        assert answer["response"][claim["start"] : claim["end"]] == claim["text"]
    assert answer["model"]["name"] == "small"
    assert (answer["model"]["prompt_tokens"], answer["model"]["completion_tokens"]) == (100, 20)
    (request,) = server.requests
    assert sentences_of(request) == {"1.1": ALARM, "1.2": CALL}
    system, user = request["messages"]
    assert ALARM not in system["content"] and ALARM in user["content"]


async def test_a_sentence_that_is_repeated_is_exact(tmp_path: Path) -> None:
    async with answering(tmp_path, cites("alarm delay")) as (library, _):
        await library.add(f"{ALARM} {CALL}")
        answer = await library.ask(QUESTION)
    assert [each["verdict"] for each in answer["claims"]] == ["exact"]


async def test_a_wrong_number_is_marked_and_logged(tmp_path: Path) -> None:
    async with answering(tmp_path, says("The delay is 25 minutes [1.1].")) as (library, _):
        await library.add(ALARM)
        answer = await library.ask(QUESTION)
        entry = await logged(library)
    assert [each["verdict"] for each in answer["claims"]] == ["unsupported"]
    assert (entry["mode"], entry["grounding"], entry["model"]) == ("generative", "cited", "small")
    assert (entry["claims"], entry["citations"]) == (answer["claims"], answer["citations"])


async def test_invented_marks_are_left_out_and_such_an_answer_is_ungrounded(
    tmp_path: Path,
) -> None:
    reply = letters("It is 20 minutes [9.9]. More in [3] and 【7.7】, `[8.8]`.")
    async with answering(tmp_path, reply) as (library, _):
        await library.add(ALARM)
        answer = await library.ask(QUESTION)
    assert answer["grounding"] == "ungrounded"
    assert (answer["answered"], answer["citations"]) == (False, [])
    assert {each["verdict"] for each in answer["claims"]} == {"unsupported"}
    assert answer["response"].startswith("It is 20 minutes. More in and")
    assert [each["content"] for each in answer["nearest"]] == [ALARM]


async def test_a_model_can_say_that_the_documents_do_not_answer(tmp_path: Path) -> None:
    async with answering(tmp_path, letters("NOT_IN_SOURCES")) as (library, _):
        await library.add(ALARM)
        answer = await library.ask(QUESTION)
        frames = await stream(library)
    assert (answer["grounding"], answer["answered"]) == ("abstained", False)
    assert answer["response"] == "The documents do not say."
    assert (answer["citations"], answer["claims"]) == ([], [])
    assert [each["content"] for each in answer["nearest"]] == [ALARM]
    shown = "".join(frame.data["text"] for frame in frames if frame.event == "chunk")
    assert shown == answer["response"]


async def test_without_passages_no_model_is_asked(tmp_path: Path) -> None:
    async with answering(tmp_path, says("It is 42.")) as (library, server):
        answer = await library.ask("What is the answer?")
    assert (answer["grounding"], answer["mode"]) == ("abstained", "extractive")
    assert server.requests == []


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (status(401), "refused"),
        (Reply([b"data: nonsense\n\n"]), "bad_response"),
        (Reply([delta("It is "), CUT]), "cut_off"),
        (Reply([delta(""), DONE]), "bad_response"),
    ],
)
async def test_quotes_answer_if_the_model_fails(tmp_path: Path, reply: Reply, reason: str) -> None:
    async with answering(tmp_path, reply) as (library, _):
        await library.add(ALARM)
        answer = await library.ask(QUESTION)
        entry = await logged(library)
    assert (answer["mode"], answer["fallback"]) == ("extractive", reason)
    assert answer["response"] == f"{ALARM} [1]"
    assert [each["verdict"] for each in answer["claims"]] == ["exact"]
    assert (entry["mode"], entry["fallback"], entry["state"]) == (
        "extractive",
        reason,
        "completed",
    )


async def test_quotes_answer_if_nothing_listens(tmp_path: Path) -> None:
    async with small_library(tmp_path, llm_url="http://127.0.0.1:9/v1") as library:
        await library.add(ALARM)
        answer = await library.ask(QUESTION)
        state = (await library.client.get("/api/v1/query/model")).json()
    assert (answer["mode"], answer["fallback"]) == ("extractive", "unreachable")
    assert (state["configured"], state["reachable"], state["reason"]) == (
        True,
        False,
        "unreachable",
    )


async def test_a_question_can_ask_for_quotes(tmp_path: Path) -> None:
    async with answering(tmp_path, says("x")) as (library, server):
        await library.add(ALARM)
        answer = await library.ask(QUESTION, mode="extractive")
    assert (answer["mode"], answer["fallback"], server.requests) == ("extractive", None, [])


async def test_the_state_of_the_model_can_be_read(tmp_path: Path) -> None:
    async with answering(tmp_path, says("x")) as (library, server):
        state = (await library.client.get("/api/v1/query/model")).json()
        assert (state["name"], state["reachable"], state["has_model"]) == ("small", True, True)
        server.models = ["other"]
        state = (await library.client.get("/api/v1/query/model")).json()
        assert state["has_model"] is False
    async with small_library(tmp_path / "none") as library:
        state = (await library.client.get("/api/v1/query/model")).json()
        assert state["configured"] is False


async def test_a_spent_budget_of_one_key_gives_quotes_to_this_key_alone(tmp_path: Path) -> None:
    reply = says("The delay is 20 minutes [1.1].")
    async with answering(tmp_path, reply, llm_tokens_per_day=100) as (library, _):
        await library.add(ALARM)
        modes = []
        for caller in ("anna", "anna", "ben"):
            response = await library.client.post(
                "/api/v1/query", json={"query": QUESTION}, headers={"x-caller": caller}
            )
            modes.append((response.json()["mode"], response.json()["fallback"]))
            await library.client.get("/api/v1/query/logs")
    assert modes == [("generative", None), ("extractive", "budget_spent"), ("generative", None)]


async def test_money_is_counted_by_the_prices(tmp_path: Path) -> None:
    reply = says("The delay is 20 minutes [1.1].")
    prices = {"llm_prompt_price": 10, "llm_answer_price": 100, "llm_cost_per_day": 0.003}
    async with answering(tmp_path, reply, **prices) as (library, _):
        await library.add(ALARM)
        first = await library.ask(QUESTION)
        await logged(library)
        second = await library.ask(QUESTION)
    # 100 tokens read and 20 written.
    assert first["model"]["cost"] == pytest.approx(0.003)
    assert second["fallback"] == "budget_spent"


async def test_a_stream_shows_each_citation_before_its_number(tmp_path: Path) -> None:
    reply = letters("The delay is 20 minutes [1.1]. Then one is called [1.2]. Twice [1.1].")
    async with answering(tmp_path, reply) as (library, _):
        await library.add(f"{ALARM} {CALL}")
        frames = await stream(library)
    text, known = "", 0
    for frame in frames:
        if frame.event == "citation":
            known += 1
            assert frame.data["index"] == known
        elif frame.event == "chunk":
            text += frame.data["text"]
            assert f"[{known + 1}]" not in text
    assert frames[0].event == "started" and frames[0].data["mode"] == "generative"
    done = frames[-1].data
    assert done["response"] == text
    assert text == "The delay is 20 minutes [1]. Then one is called [2]. Twice [1]."
    assert [each["quote"] for each in done["citations"]] == [ALARM, CALL]
    assert done["state"] == "completed"


async def test_a_stream_that_breaks_off_keeps_what_was_shown(tmp_path: Path) -> None:
    reply = Reply([delta("The delay is 20 min"), delta("utes [1."), CUT])
    async with answering(tmp_path, reply) as (library, _):
        await library.add(ALARM)
        frames = await stream(library)
        entry = await logged(library)
    done = frames[-1].data
    assert (done["state"], done["failure"], done["mode"]) == ("failed", "cut_off", "generative")
    # The beginning of a mark is no mark; it is shown as the text that it is.
    assert done["response"] == "The delay is 20 minutes [1."
    assert (entry["state"], entry["response_text"]) == ("failed", done["response"])


async def test_an_answer_is_finished_without_its_client_and_can_be_read_again(
    tmp_path: Path,
) -> None:
    parts: list[Part] = [delta("The delay "), 0.3, delta("is 20 minutes "), delta("[1.1]."), DONE]
    async with answering(tmp_path, Reply(parts)) as (library, _):
        await library.add(ALARM)
        within = await conversation(library)
        request = asyncio.create_task(stream(library, conversation_id=within))
        query_id = await running_answer(library, within)
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)
        path = f"/api/v1/query/{query_id}/stream"
        whole = sse_frames((await library.client.get(path)).text)
        rest = sse_frames((await library.client.get(path, params={"offset": 2})).text)
        again = await library.client.get(path, headers={"Last-Event-ID": "2"})
        foreign = await library.client.get(path, headers={"x-caller": "ben"})
        entry = await logged(library)
    assert whole[-1].data["response"] == "The delay is 20 minutes [1]."
    assert rest == whole[2:]
    assert sse_frames(again.text) == rest
    assert rest[0].id == "3"
    assert foreign.status_code == 404
    assert (entry["query_id"], entry["state"]) == (query_id, "completed")


async def test_an_answer_is_stopped_with_what_there_is(tmp_path: Path) -> None:
    reply = Reply([delta("The delay is 20 minutes [1.1]. And"), HANG])
    async with answering(tmp_path, reply) as (library, _):
        await library.add(ALARM)
        within = await conversation(library)
        request = asyncio.create_task(stream(library, conversation_id=within))
        query_id = await running_answer(library, within)
        stop = f"/api/v1/query/{query_id}/stop"
        foreign = await library.client.post(stop, headers={"x-caller": "ben"})
        stopped = await library.client.post(stop)
        frames = await request
        entry = await logged(library)
    assert foreign.status_code == 404
    assert (stopped.status_code, stopped.json()) == (202, {"query_id": query_id})
    done = frames[-1].data
    assert (done["state"], done["response"]) == ("stopped", "The delay is 20 minutes [1]. And")
    assert [each["verdict"] for each in done["claims"]] == ["supported", "unsupported"]
    assert (entry["state"], entry["response_text"]) == ("stopped", done["response"])


async def test_unknown_answers_can_not_be_followed_or_stopped(tmp_path: Path) -> None:
    async with small_library(tmp_path) as library:
        followed = await library.client.get("/api/v1/query/unknown/stream")
        stopped = await library.client.post("/api/v1/query/unknown/stop")
    assert (followed.status_code, stopped.status_code) == (404, 404)


async def test_a_hundred_answers_stream_at_once(tmp_path: Path) -> None:
    gate = 1.0
    parts: list[Part] = [delta("The delay "), gate, delta("is 20 minutes [1.1]."), DONE]
    reply = Reply(parts)
    async with answering(tmp_path, reply, answers_at_once=100) as (library, server):
        await library.add(ALARM)
        answers = await asyncio.gather(*(stream(library) for _ in range(100)))
    assert {frames[-1].data["response"] for frames in answers} == {"The delay is 20 minutes [1]."}
    assert server.most_streams > 50


async def conversation(library: Library) -> str:
    made = await library.client.post("/api/v1/conversations", json={})
    return str(made.json()["conversation_id"])


async def running_answer(library: Library, conversation_id: str) -> str:
    """Return the id of the answer that is made now, when its first text is there."""
    path = f"/api/v1/conversations/{conversation_id}"
    found: list[str] = []

    async def is_running() -> bool:
        turns = (await library.client.get(path)).json()["turns"]
        found[:] = [each["query_id"] for each in turns if each["state"] == "running"]
        return bool(found) and await library.streams.has(found[0], FIRST_ADMINISTRATOR)

    await wait.until(is_running)
    async with contextlib.aclosing(library.streams.read(found[0], 0, idle_s=60)) as frames:
        async for _, frame in frames:
            if b"event: chunk" in frame:
                break
    return found[0]


async def test_a_check_lets_the_model_write(tmp_path: Path) -> None:
    async with answering(tmp_path, says("Yes"), status(404)) as (library, _):
        first = (await library.client.post("/api/v1/query/model/check")).json()
        second = (await library.client.post("/api/v1/query/model/check")).json()
    assert first["reachable"] is True and first["first_token_ms"] > 0
    assert (second["reachable"], second["reason"]) == (False, "refused")
