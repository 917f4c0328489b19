"""Filters give the same result on both databases and with every way of searching."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from services.query.retrieval import dense
from shared.database.base import Database
from shared.vectors.exact import ExactIndex
from tests.support.fakes import AsyncEncoder
from tests.support.query_service import Library, library


@pytest.fixture(params=["in memory", "few chunks", "many chunks", "nothing but comparing"])
async def documents(
    request: pytest.FixtureRequest, database: Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Library]:
    """Run a test with each of the four ways of searching, which must find the same chunks."""
    if request.param in ("many chunks", "nothing but comparing"):
        monkeypatch.setattr(dense, "_FEW_CHUNKS", -1)
    if request.param == "nothing but comparing":
        monkeypatch.setattr(dense, "_MAX_IN_SCOPE", 0)
        monkeypatch.setattr(dense, "_MAX_FROM_INDEX", 0)
    limit = 1_000 if request.param == "in memory" else 0
    index = ExactIndex(AsyncEncoder().dimension)
    async with library(database, index, exact_chunks=limit) as opened:
        yield opened


async def two(documents: Library) -> tuple[str, str]:
    """Add a document with a value for every filter and one without; return their ids."""
    first = await documents.add(
        "alarm delay of freezers",
        {"content": "alarm delay | 20 minutes", "chunk_type": "table"},
        {"content": "alarm delay panel", "chunk_type": "image", "image_path": "p/1.png"},
        collection="sops",
        file_type="docx",
        metadata={
            "department": "quality",
            "level": 3,
            "ratio": 1.5,
            "valid": True,
            'odd"key': "'x",
        },
        created_at=datetime(2026, 1, 10, tzinfo=UTC),
    )
    second = await documents.add(
        "alarm delay of ovens",
        metadata={"department": "production", "level": 4, "valid": False, "text": "3"},
        created_at=datetime(2026, 2, 20, tzinfo=UTC),
    )
    return first, second


async def found(documents: Library, **body: Any) -> set[str]:
    return {each["document_id"] for each in await documents.retrieve("alarm delay", **body)}


FIRST, SECOND, BOTH = {0}, {1}, {0, 1}
NONE: set[int] = set()


FILTERS: list[tuple[dict[str, Any], set[int]]] = [
    ({}, BOTH),
    ({"collection": "sops"}, FIRST),
    ({"collection": ["sops", "default"]}, BOTH),
    ({"collection": "SOPS' OR 1=1 --"}, NONE),
    ({"file_type": ".DOCX"}, FIRST),
    ({"metadata": {"department": "production"}}, SECOND),
    ({"metadata": {"department": ["quality", "sales"]}}, FIRST),
    ({"metadata": {"department": "quality", "level": 4}}, NONE),
    ({"metadata": {"level": 3}}, FIRST),
    ({"metadata": {"ratio": 1.5}}, FIRST),
    ({"metadata": {"valid": True}}, FIRST),
    ({"metadata": {"valid": False}}, SECOND),
    ({"metadata": {"valid": 1}}, NONE),
    ({"metadata": {"level": "3"}}, NONE),
    ({"metadata": {"text": 3}}, NONE),
    ({"metadata": {'odd"key': "'x"}}, FIRST),
    ({"metadata": {"') OR 1=1 --": "x"}}, NONE),
    ({"created_after": "2026-02-01T00:00:00Z"}, SECOND),
    ({"created_before": "2026-02-01"}, FIRST),
    ({"created_after": "2026-01-10T01:00:00+01:00", "created_before": "2026-02-20"}, FIRST),
    ({"chunk_types": ["image"]}, FIRST),
    ({"chunk_types": ["composite"]}, NONE),
]
SWITCHES: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"text", "table", "image"}),
    ({"include_images": False}, {"text", "table"}),
    ({"include_tables": False}, {"text", "image"}),
    ({"include_tables": False, "filters": {"chunk_types": ["table"]}}, set()),
]


async def test_only_documents_that_match_the_filters_are_found(documents: Library) -> None:
    ids = await two(documents)
    for filters, expected in FILTERS:
        shown = await found(documents, filters=filters)
        assert shown == {ids[at] for at in expected}, filters


async def test_only_the_given_documents_are_searched(documents: Library) -> None:
    first, second = await two(documents)
    assert await found(documents, document_ids=[second]) == {second}
    assert await found(documents, document_ids=[second, "unknown", "\0"]) == {second}
    assert await found(documents, document_ids=["unknown"]) == set()
    assert await found(documents, document_ids=[]) == {first, second}
    both = await found(documents, document_ids=[first], filters={"collection": "default"})
    assert both == set()


async def test_only_the_given_chunk_types_are_searched(documents: Library) -> None:
    first, _ = await two(documents)
    for switches, expected in SWITCHES:
        passages = await documents.retrieve("alarm delay", document_ids=[first], **switches)
        assert {each["chunk_type"] for each in passages} == expected, switches


async def test_a_match_behind_many_nearer_filtered_chunks_is_found(documents: Library) -> None:
    for number in range(4):
        await documents.add(*(f"alarm delay {number} {at}" for at in range(60)))
    needle = await documents.add("the alarm of a distant building", collection="far")
    assert await found(documents, filters={"collection": "far"}) == {needle}


async def test_only_the_live_revision_is_shown(documents: Library) -> None:
    changed = await documents.add(
        "alarm delay old", {"content": "alarm delay new", "revision": 2, "ordinal": 7}
    )
    assert await documents.contents("alarm delay") == ["alarm delay old"]
    await documents.set(changed, live_revision=2)
    assert await documents.contents("alarm delay") == ["alarm delay new"]
    assert await documents.contents("alarm delay", document_ids=[changed]) == ["alarm delay new"]
    await documents.set(changed, live_revision=None)
    assert await documents.contents("alarm delay") == []
    assert await documents.contents("alarm delay", document_ids=[changed]) == []
