"""Conversations keep their turns and sources; a follow-up is searched for as what it means."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.language_model import (
    Reply,
    Script,
    cites,
    letters,
    says,
    stand_in,
    status,
)
from tests.support.query_service import Library, small_library

ONE = "The alarm delay of freezer UF-1 is 20 minutes."
TWO = "The alarm delay of freezer UF-2 is 30 minutes."
PATH = "/api/v1/conversations"


@pytest.fixture
async def documents(tmp_path: Path) -> AsyncIterator[Library]:
    async with small_library(tmp_path) as opened:
        await opened.add(f"{ONE} {TWO}", title="Cold chain")
        yield opened


async def begin(library: Library, title: str = "", caller: str = "") -> str:
    headers = {"x-caller": caller}
    response = await library.client.post(PATH, json={"title": title}, headers=headers)
    assert response.status_code == 201
    made = response.json()
    assert response.headers["location"] == f"{PATH}/{made['conversation_id']}"
    return str(made["conversation_id"])


async def turns(library: Library, conversation_id: str) -> list[dict[str, Any]]:
    response = await library.client.get(f"{PATH}/{conversation_id}")
    found: list[dict[str, Any]] = response.json()["turns"]
    return found


async def test_turns_are_kept_in_order_with_their_sources(documents: Library) -> None:
    within = await begin(documents)
    first = await documents.ask("What is the alarm delay of UF-1?", conversation_id=within)
    second = await documents.ask("And of UF-2?", conversation_id=within)
    assert [first["turn"], second["turn"]] == [1, 2]
    found = await turns(documents, within)
    assert [each["query_text"] for each in found] == [
        "What is the alarm delay of UF-1?",
        "And of UF-2?",
    ]
    assert [each["citations"] for each in found] == [first["citations"], second["citations"]]
    assert [each["state"] for each in found] == ["completed", "completed"]
    one = (await documents.client.get(f"{PATH}/{within}")).json()
    assert one["title"] == "What is the alarm delay of UF-1?"


async def test_a_follow_up_is_understood_without_a_model(documents: Library) -> None:
    within = await begin(documents)
    await documents.ask("What is the alarm delay of freezer UF-1?", conversation_id=within)
    answer = await documents.ask("And of UF-2?", conversation_id=within)
    assert answer["response"] == f"{TWO} [1]"
    assert "alarm delay" in answer["searched_for"]


async def test_a_model_rewrites_a_follow_up_and_reads_the_turns_before(tmp_path: Path) -> None:
    question = "What is the alarm delay of freezer UF-2?"
    replies: list[Reply | Script] = [cites("UF-1"), says(question), cites("UF-2")]
    async with (
        stand_in(*replies) as server,
        small_library(tmp_path, llm_url=server.url) as library,
    ):
        await library.add(f"{ONE} {TWO}")
        within = await begin(library)
        await library.ask("What is the alarm delay of freezer UF-1?", conversation_id=within)
        answer = await library.ask("And the other one?", conversation_id=within)
    assert (answer["searched_for"], answer["response"]) == (question, f"{TWO[:-1]}. [1]")
    told = server.requests[-1]["messages"]
    assert [each["role"] for each in told] == ["system", "user", "assistant", "user"]
    assert told[1]["content"] == "What is the alarm delay of freezer UF-1?"
    # The numbers of citations mean nothing in the next prompt.
    assert told[2]["content"] == ONE
    assert told[3]["content"].endswith("Question: And the other one?")


@pytest.mark.parametrize("reply", [status(400), letters(" "), says("x" * 700)])
async def test_a_rewriting_that_fails_is_replaced_by_the_rule(tmp_path: Path, reply: Reply) -> None:
    async with (
        stand_in(cites("UF-1"), reply, cites("UF-2")) as server,
        small_library(tmp_path, llm_url=server.url) as library,
    ):
        await library.add(f"{ONE} {TWO}")
        within = await begin(library)
        await library.ask("What is the alarm delay of freezer UF-1?", conversation_id=within)
        answer = await library.ask("And of UF-2?", conversation_id=within)
    assert "alarm delay" in answer["searched_for"]
    assert (answer["mode"], answer["grounding"]) == ("generative", "cited")


async def test_conversations_belong_to_their_principal(documents: Library) -> None:
    within = await begin(documents, caller="anna")
    anna, ben = {"x-caller": "anna"}, {"x-caller": "ben"}
    client = documents.client
    listed = (await client.get(PATH, headers=ben)).json()["conversations"]
    assert listed == []
    assert (await client.get(f"{PATH}/{within}", headers=ben)).status_code == 404
    assert (await client.delete(f"{PATH}/{within}", headers=ben)).status_code == 404
    renamed = await client.patch(f"{PATH}/{within}", json={"title": "x"}, headers=ben)
    exported = await client.get(f"{PATH}/{within}/export.md", headers=ben)
    assert (renamed.status_code, exported.status_code) == (404, 404)
    body = {"query": "Why?", "conversation_id": within}
    asked = await client.post("/api/v1/query", json=body, headers=ben)
    assert (asked.status_code, asked.json()["code"]) == (404, "not_found")
    listed = (await client.get(PATH, headers=anna)).json()["conversations"]
    assert [each["conversation_id"] for each in listed] == [within]


async def test_pages_of_conversations_have_no_gap_or_overlap(documents: Library) -> None:
    made = [await begin(documents, f"Title {at}") for at in range(7)]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = (await documents.client.get(PATH, params=params)).json()
        seen += [each["conversation_id"] for each in page["conversations"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(made)
    await documents.ask("What is the alarm delay of UF-1?", conversation_id=made[0])
    first = (await documents.client.get(PATH)).json()["conversations"][0]
    assert (first["conversation_id"], first["title"]) == (made[0], "Title 0")


async def test_a_deleted_conversation_leaves_no_turn_in_the_log(documents: Library) -> None:
    within = await begin(documents)
    await documents.ask("What is the alarm delay of UF-1?", conversation_id=within)
    await documents.ask("Who is called?")
    assert (await documents.client.delete(f"{PATH}/{within}")).status_code == 204
    assert (await documents.client.get(f"{PATH}/{within}")).status_code == 404
    logs = (await documents.client.get("/api/v1/query/logs")).json()["logs"]
    assert [each["query_text"] for each in logs] == ["Who is called?"]


async def test_a_conversation_is_exported_with_its_sources(documents: Library) -> None:
    within = await begin(documents, "Freezers")
    await documents.ask("What is the alarm delay of freezer UF-1?", conversation_id=within)
    response = await documents.client.get(f"{PATH}/{within}/export.md")
    assert response.headers["content-type"] == "text/markdown; charset=utf-8"
    assert response.text == (
        "# Freezers\n\n## What is the alarm delay of freezer UF-1?\n\n"
        f"{ONE} [1]\n\n1. Cold chain, page 1: “{ONE}”\n"
    )
