"""Filters on metadata select the same documents on both databases, at a bounded cost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Engine, event

from services.query.metadata_filter import MAX_KEYS, MAX_TEXT, MAX_VALUES
from services.query.schemas import Filters
from shared.database.base import Database
from shared.vectors.exact import ExactIndex
from tests.support.fakes import AsyncEncoder
from tests.support.query_service import Library, library

STORED: dict[str, dict[str, Any]] = {
    "old": {"year": 2019, "state": "draft", "owner": "ann", "date": "2019-05-01", "ü": "ä🧊"},
    "new": {"year": 2022.5, "state": "final", "owner": None, "date": "2022-05-01", "n": 0.1},
    "odd": {"year": "2022", "state": True, "date": "Z", "n": 2**60, "zero": 0, "text": ""},
    "low": {"year": 2**53, "date": "a", "n": -1e-300, "sum": 0.30000000000000004, "zero": False},
    "bare": {},
}
ALL = set(STORED)

FILTERS: list[tuple[dict[str, Any], set[str]]] = [
    ({"year": 2019}, {"old"}),
    ({"year": 2019.0}, {"old"}),
    ({"year": [2022.5, "2022", True]}, {"new", "odd"}),
    ({"year": 2**53}, {"low"}),
    ({"zero": 0}, {"odd"}),
    ({"zero": False}, {"low"}),
    ({"text": ""}, {"odd"}),
    ({"sum": 0.30000000000000004}, {"low"}),
    ({"sum": 0.3}, set()),
    ({"ü": "ä🧊"}, {"old"}),
    ({"year": {"gte": 2019, "lt": 2022.5}}, {"old"}),
    ({"year": {"gt": 2019, "lte": 2022.5}}, {"new"}),
    ({"year": {"gt": 2022}}, {"new", "low"}),
    ({"year": {"gte": "2022"}}, {"odd"}),
    ({"year": {"gte": 2000, "lt": "3"}}, set()),
    ({"n": {"gt": 2**53}}, {"odd"}),
    ({"n": {"lt": 0}}, {"low"}),
    ({"n": {"gte": 0.1, "lte": 0.1}}, {"new"}),
    ({"sum": {"gt": 0.3, "lte": 0.30000000000000004}}, {"low"}),
    ({"state": {"gte": 0}}, set()),
    ({"owner": {"lte": "ann"}}, {"old"}),
    ({"date": {"gte": "2019-05-01", "lt": "2022-05-01"}}, {"old"}),
    ({"date": {"gt": "2022"}}, {"new", "odd", "low"}),
    ({"date": {"gt": "Z"}}, {"low"}),
    ({"ü": {"gt": "ä\ufffd"}}, {"old"}),
    ({"state": {"ne": "draft"}}, ALL - {"old"}),
    ({"state": {"ne": True}}, ALL - {"odd"}),
    ({"zero": {"ne": 0}}, ALL - {"odd"}),
    ({"year": {"ne": 2022}}, ALL),
    ({"owner": {"ne": "ann"}}, ALL - {"old"}),
    ({"year": {"nin": [2019, "2022"]}}, {"new", "low", "bare"}),
    ({"state": {"nin": ["draft"], "ne": "final"}}, {"odd", "low", "bare"}),
    ({"owner": {"exists": True}}, {"old", "new"}),
    ({"owner": {"exists": False}}, {"odd", "low", "bare"}),
    ({"owner": {"exists": True, "ne": "ann"}}, {"new"}),
    ({"owner": {"exists": False, "ne": "ann"}}, {"odd", "low", "bare"}),
    ({"owner": {"exists": False, "gte": "a"}}, set()),
    ({"year": {"gte": 2000, "ne": 2019}, "state": {"exists": True}}, {"new"}),
    ({"'\"] ->": {"exists": False}, "%s :x ?": {"ne": "'"}}, ALL),
]


@pytest.fixture
async def documents(database: Database) -> AsyncIterator[Library]:
    async with library(database, ExactIndex(AsyncEncoder().dimension)) as opened:
        for title, metadata in STORED.items():
            await opened.add(f"alarm delay {title}", title=title, metadata=metadata)
        yield opened


async def found(documents: Library, metadata: dict[str, Any]) -> set[str]:
    body = {"filters": {"metadata": metadata}}
    return {each["title"] for each in await documents.retrieve("alarm delay", **body)}


async def test_a_filter_selects_the_same_documents_on_both_databases(documents: Library) -> None:
    for metadata, expected in FILTERS:
        assert await found(documents, metadata) == expected, metadata


async def sql_of(documents: Library, metadata: dict[str, Any]) -> list[tuple[str, int]]:
    """Return the statements of a question on documents, with the number of their parameters."""
    seen: list[tuple[str, int]] = []

    def record(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "documents" in statement:
            seen.append((statement, len(parameters)))

    # The log of the question before this one is written first: it has statements of its own.
    assert (await documents.client.get("/api/v1/query/logs")).status_code == 200
    event.listen(Engine, "before_cursor_execute", record)
    try:
        await found(documents, metadata)
    finally:
        event.remove(Engine, "before_cursor_execute", record)
    return seen


@pytest.mark.parametrize("operator", [None, "nin"])
async def test_the_sql_of_a_filter_does_not_grow_with_its_values(
    documents: Library, operator: str | None
) -> None:
    few, many = ([f"value {at}" for at in range(count)] for count in (1, MAX_VALUES))
    conditions = [{operator: values} if operator else values for values in (few, many)]
    # The read models follow the documents with the first question.
    await found(documents, {})
    short = await sql_of(documents, {"owner": conditions[0]})
    # The searches of one question run side by side.
    assert sorted(await sql_of(documents, {"owner": conditions[1]})) == sorted(short)
    assert short


async def test_the_largest_filter_is_answered(documents: Library) -> None:
    texts = [f"{at:x<{MAX_TEXT}}" for at in range(MAX_VALUES)]
    lists = {f"{at:k<{MAX_TEXT}}": texts for at in range(MAX_KEYS)}
    assert await found(documents, lists) == set()
    operators = {"ne": texts[0], "nin": texts, "exists": False}
    assert await found(documents, dict.fromkeys(lists, operators)) == ALL
    bounds = dict.fromkeys(("gt", "gte", "lt", "lte"), texts[0])
    assert await found(documents, dict.fromkeys(lists, operators | bounds)) == set()


async def test_the_filter_shown_in_the_description_of_the_api_works(documents: Library) -> None:
    metadata = {"department": "quality", "year": 2023, "state": "final", "owner": "ann"}
    await documents.add("alarm delay example", title="example", metadata=metadata)
    (example,) = Filters.model_fields["metadata"].examples or []
    assert await found(documents, example) == {"example"}
