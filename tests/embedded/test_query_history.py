"""Questions are logged, can be rated, and are counted in the analytics."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.query_service import Library, small_library

ALARM = "The alarm delay of freezer UF-1 is 20 minutes."


@pytest.fixture
async def documents(tmp_path: Path) -> AsyncIterator[Library]:
    async with small_library(tmp_path) as opened:
        yield opened


async def get(documents: Library, path: str) -> dict[str, Any]:
    response = await documents.client.get(f"/api/v1/query/{path}")
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


async def test_a_question_is_in_the_log_at_once(documents: Library) -> None:
    document_id = await documents.add(ALARM)
    answer = await documents.ask("What is the alarm delay of freezer UF-1?")
    (entry,) = (await get(documents, "logs"))["logs"]
    assert entry["query_id"] == answer["query_id"]
    assert entry["query_text"] == "What is the alarm delay of freezer UF-1?"
    assert entry["response_text"] == answer["response"]
    assert entry["document_ids_used"] == [document_id]
    assert (entry["chunks_retrieved"], entry["answered"]) == (1, True)
    assert (entry["state"], entry["mode"], entry["grounding"]) == (
        "completed",
        "extractive",
        "cited",
    )
    assert (entry["citations"], entry["claims"]) == (answer["citations"], answer["claims"])
    assert entry["response_latency_ms"] == answer["latency_ms"]
    assert entry["user_feedback"] is None


async def test_log_pages_have_no_gap_or_overlap(documents: Library) -> None:
    asked = [f"question {number}" for number in range(7)]
    for query in asked:
        await documents.retrieve(query)
    seen: list[str] = []
    cursor = ""
    while True:
        page = await get(documents, f"logs?limit=3{cursor}")
        seen += [entry["query_text"] for entry in page["logs"]]
        assert page["total"] == len(asked)
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == asked[::-1]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "cursor=nonsense",
        "cursor=%00",
        "cursor=WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIiwiYSJd",
    ],
)
async def test_invalid_cursors_and_limits_are_refused(documents: Library, query: str) -> None:
    response = await documents.client.get(f"/api/v1/query/logs?{query}")
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


async def test_feedback_is_stored_and_can_be_changed(documents: Library) -> None:
    query_id = (await documents.ask("anything"))["query_id"]
    for feedback in ("positive", "negative"):
        response = await documents.client.post(
            f"/api/v1/query/{query_id}/feedback", json={"feedback": feedback}
        )
        assert response.json() == {"query_id": query_id, "feedback": feedback}
    (entry,) = (await get(documents, "logs"))["logs"]
    assert entry["user_feedback"] == "negative"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("unknown/feedback", {"feedback": "positive"}, 404),
        ("%00/feedback", {"feedback": "positive"}, 404),
        ("unknown/feedback", {"feedback": "great"}, 422),
        ("unknown/feedback", {}, 422),
    ],
)
async def test_invalid_feedback_and_unknown_questions_are_refused(
    documents: Library, path: str, body: dict[str, str], status: int
) -> None:
    response = await documents.client.post(f"/api/v1/query/{path}", json=body)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


async def test_analytics_count_the_logged_questions(documents: Library) -> None:
    await documents.add(ALARM)
    answered = await documents.ask("What is the alarm delay of freezer UF-1?")
    for _ in range(2):
        await documents.ask("Who won the football match?")
    await documents.client.post(
        f"/api/v1/query/{answered['query_id']}/feedback", json={"feedback": "positive"}
    )
    body = await get(documents, "analytics")
    assert (body["total"], body["answered"], body["unanswered"]) == (3, 1, 2)
    assert body["feedback"] == {"positive": 1, "negative": 0, "neutral": 0}
    assert body["latency_ms"]["p50"] <= body["latency_ms"]["p95"] <= body["latency_ms"]["p99"]
    (unanswered,) = body["unanswered_questions"]
    assert (unanswered["query_text"], unanswered["count"]) == ("Who won the football match?", 2)


async def test_analytics_of_a_period_without_questions(documents: Library) -> None:
    await documents.ask("anything")
    body = await get(documents, "analytics?until=2020-01-01T00:00:00Z")
    assert body["total"] == 0
    assert body["latency_ms"] == {"mean": None, "p50": None, "p95": None, "p99": None}


async def test_logs_survive_a_graceful_stop(tmp_path: Path) -> None:
    async with small_library(tmp_path) as first:
        await first.retrieve("asked just before the end")
    async with small_library(tmp_path) as second:
        (entry,) = (await get(second, "logs"))["logs"]
        assert entry["query_text"] == "asked just before the end"


async def test_the_query_service_alone_is_alive_and_ready(documents: Library) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert (await documents.client.get(path)).status_code == 200
