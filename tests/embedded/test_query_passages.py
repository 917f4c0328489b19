"""Passages: their fields, their order, and refused requests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.query_service import Library, small_library


@pytest.fixture
async def documents(tmp_path: Path) -> AsyncIterator[Library]:
    async with small_library(tmp_path) as opened:
        yield opened


async def test_a_passage_has_document_page_and_box(documents: Library) -> None:
    chunk = {
        "content": "The freezer has an alarm.",
        "page_num": 3,
        "box": {"x0": 1.5, "y0": 2.0, "x1": 30.0, "y1": 40.0},
        "section": "4 Alarms",
    }
    document_id = await documents.add(chunk, title="Cold chain", file_name="sop-1.pdf")
    (passage,) = await documents.retrieve("freezer alarm")
    score, scores = passage.pop("score"), passage.pop("scores")
    assert passage == {
        "content": "The freezer has an alarm.",
        "document_id": document_id,
        "title": "Cold chain",
        "source": "sop-1.pdf",
        "page": 3,
        "bbox": {"page": 3, "x0": 1.5, "y0": 2.0, "x1": 30.0, "y1": 40.0},
        "chunk_id": passage["chunk_id"],
        "chunk_type": "text",
        "section": "4 Alarms",
        "picture": None,
        "explanation": None,
    }
    assert 0 < score <= 1
    assert 0 < scores["dense"] <= 1
    assert scores["keywords"] > 0


async def test_an_explanation_says_what_was_added_up(documents: Library) -> None:
    await documents.add("The freezer has an alarm.", title="Freezer alarms")
    (passage,) = await documents.retrieve("Which freezer has an alarm?", explain=True)
    why = passage["explanation"]
    assert why["cosine"] == passage["scores"]["dense"]
    assert (why["closeness"], why["heading"]) == (1.0, 1.0)
    assert why["phrase"] == 0.75
    assert why["terms"].keys() == {"freezer", "alarm"}
    assert sum(why["terms"].values()) == pytest.approx(passage["scores"]["keywords"], abs=1e-3)


async def test_a_misspelt_word_finds_similar_ones_and_says_so(documents: Library) -> None:
    await documents.add("The calibration is due in May.")
    body = {"query": "When is the calibratoin due?"}
    for route in ("/api/v1/query/retrieve", "/api/v1/query"):
        reply = (await documents.client.post(route, json=body)).json()
        assert reply["similar_words"] == {"calibratoin": ["calibration"]}
    found = await documents.client.post("/api/v1/query/retrieve", json={"query": "calibration"})
    assert found.json()["similar_words"] == {}


async def test_synonyms_of_a_collection_are_searched(tmp_path: Path) -> None:
    (tmp_path / "synonyms.json").write_text('{"lab": [["DI water", "deionised water"]]}')
    settings = {"synonyms_file": str(tmp_path / "synonyms.json")}
    async with small_library(tmp_path, **settings) as documents:
        await documents.add("Deionised water is in tank 4.", collection="lab")
        for collection, terms in (("lab", {"deionised", "water"}), ("other", set())):
            filters = {"collection": collection}
            found = await documents.retrieve("DI water", filters=filters, explain=True)
            assert {each for one in found for each in one["explanation"]["terms"]} == terms


async def test_a_document_without_a_title_is_shown_with_its_file_name(documents: Library) -> None:
    await documents.add("The freezer has an alarm.", file_name="sop-1.pdf")
    (passage,) = await documents.retrieve("freezer alarm")
    assert passage["title"] == "sop-1.pdf"
    assert passage["bbox"] is None


async def test_an_image_passage_has_the_path_of_its_picture(documents: Library) -> None:
    picture = {"content": "Figure 1 floor plan", "chunk_type": "image", "image_path": "p/x.png"}
    document_id = await documents.add(picture)
    (passage,) = await documents.retrieve("floor plan")
    chunk_id = passage["chunk_id"]
    assert passage["picture"] == f"/api/v1/documents/{document_id}/chunks/{chunk_id}/picture"


async def test_the_best_top_k_passages_are_returned_in_order(documents: Library) -> None:
    await documents.add("alarm", "alarm delay", "alarm delay freezer", "visitors")
    assert await documents.contents("alarm delay freezer", top_k=2) == [
        "alarm delay freezer",
        "alarm delay",
    ]


async def test_a_text_that_is_stored_several_times_is_returned_once(documents: Library) -> None:
    for _ in range(60):
        await documents.add("alarm delay freezer")
    await documents.add("alarm of the gate")
    assert await documents.contents("alarm delay freezer", top_k=2) == [
        "alarm delay freezer",
        "alarm of the gate",
    ]


async def test_an_empty_library_has_no_passages(documents: Library) -> None:
    response = await documents.client.post("/api/v1/query/retrieve", json={"query": "anything"})
    body = response.json()
    assert (body["passages"], body["chunks_retrieved"]) == ([], 0)
    assert body["latency_ms"] >= 0


@pytest.mark.parametrize("path", ["/api/v1/query", "/api/v1/query/retrieve"])
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": ""},
        {"query": " \n\t"},
        {"query": "x" * 4_001},
        {"query": 7},
        {"query": "a", "top_k": 0},
        {"query": "a", "top_k": 101},
        {"query": "a", "top_k": "many"},
        {"query": "a", "filters": {"owner": "me"}},
        {"query": "a", "filters": {"created_after": "yesterday"}},
        {"query": "a", "filters": {"created_after": "0001-01-01T00:00:00+14:00"}},
        {"query": "a", "filters": {"metadata": {"key": []}}},
        {"query": "a", "filters": {"metadata": {"key": {"$gt": 1}}}},
        {"query": "a", "filters": {"metadata": {"key": {"gt": True}}}},
        {"query": "a", "filters": {"metadata": {"k" * 257: 1}}},
        {"query": "a", "filters": {"metadata": {str(at): 1 for at in range(21)}}},
        {"query": "a", "filters": {"metadata": {"key": ["x"] * 101}}},
        {"query": "a", "filters": {"chunk_types": ["poem"]}},
        {"query": "a", "documents_ids": ["x"]},
        {"query": "a", "document_ids": "x"},
    ],
)
async def test_invalid_requests_are_refused(
    documents: Library, path: str, body: dict[str, Any]
) -> None:
    response = await documents.client.post(path, json=body)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "invalid_request"


async def test_a_refused_filter_is_explained_in_one_sentence(documents: Library) -> None:
    body = {"query": "a", "filters": {"metadata": {"year": {"gte": [2020]}}}}
    response = await documents.client.post("/api/v1/query/retrieve", json=body)
    problem = response.json()
    assert problem["detail"] == "body.filters.metadata.year: gte must be a number or text."
    assert len(problem["errors"]) == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"query": NaN}',
        b'{"query": "\\ud800"}',
        b'{"query": "a", "top_k": Infinity}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
async def test_a_body_that_is_not_json_is_refused(documents: Library, raw: bytes) -> None:
    headers = {"content-type": "application/json"}
    response = await documents.client.post("/api/v1/query/retrieve", content=raw, headers=headers)
    assert response.status_code in (400, 422)
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "query", ["NUL \0 inside", "🧊 freezer?", "x" * 4_000, "'; DROP TABLE chunks; --", "الحرارة"]
)
async def test_unusual_questions_are_answered_and_logged(documents: Library, query: str) -> None:
    await documents.add("The freezer has an alarm.")
    await documents.ask(query)
    await documents.retrieve(query)
    logs = (await documents.client.get("/api/v1/query/logs")).json()["logs"]
    assert {entry["query_text"] for entry in logs} == {query.replace("\0", "\ufffd")}
