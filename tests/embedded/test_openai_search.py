"""The official client of OpenAI searches vector stores, by attributes and by several queries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest

from shared.settings import Settings
from tests.embedded.test_openai_clients import QUESTION, client_of, with_alarms

PUMPS = ("pumps.md", b"# Pumps\n\nThe pump P-7 is checked every 30 days.\n")
VALVES = ("valves.md", b"# Valves\n\nThe valve V-3 is checked every 60 days.\n")
CHECKED = "How often is it checked?"


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[openai.AsyncOpenAI]:
    """Yield a client of a system whose store `machines` has two files with attributes."""
    async with with_alarms(settings) as system:
        made = client_of(system)
        store = await made.vector_stores.create(name="machines")
        for file, year in ((PUMPS, 2023), (VALVES, 2024)):
            sent = await made.files.create(file=file, purpose="assistants")
            await made.vector_stores.files.create_and_poll(
                sent.id, vector_store_id=store.id, attributes={"year": year, "kind": "sop"}
            )
        yield made


async def names(client: openai.AsyncOpenAI, filters: Any) -> set[str]:
    found = await client.vector_stores.search("machines", query=CHECKED, filters=filters)
    return {each.filename for each in found.data}


async def test_passages_have_their_file_attributes_and_score(client: openai.AsyncOpenAI) -> None:
    found = await client.vector_stores.search(
        "machines", query="When is pump P-7 checked?", max_num_results=1
    )
    (best,) = found.data
    assert (best.filename, best.attributes) == ("pumps.md", {"year": 2023, "kind": "sop"})
    assert "checked every 30 days" in best.content[0].text
    assert 0 < best.score <= 1
    assert (await client.files.retrieve(best.file_id)).filename == "pumps.md"


async def test_a_store_is_searched_alone(client: openai.AsyncOpenAI) -> None:
    assert await names(client, openai.omit) == {"pumps.md", "valves.md"}
    found = await client.vector_stores.search("cold", query=[QUESTION, CHECKED])
    assert {each.filename for each in found.data} == {"alarms.md"}
    with pytest.raises(openai.NotFoundError):
        await client.vector_stores.search("none", query=CHECKED)


def is_year(name: str, value: object) -> dict[str, object]:
    return {"type": name, "key": "year", "value": value}


FILTERS: list[tuple[dict[str, object], set[str]]] = [
    (is_year("eq", 2023), {"pumps.md"}),
    (is_year("ne", 2023), {"valves.md"}),
    (is_year("gt", 2023), {"valves.md"}),
    (is_year("gte", 2023), {"pumps.md", "valves.md"}),
    (is_year("lt", 2024), {"pumps.md"}),
    (is_year("lte", 2022), set()),
    (is_year("in", [2024, 2025]), {"valves.md"}),
    (is_year("nin", [2024, 2025]), {"pumps.md"}),
    (
        {"type": "or", "filters": [is_year("eq", 2023), is_year("eq", 2024)]},
        {"pumps.md", "valves.md"},
    ),
    ({"type": "and", "filters": [is_year("gt", 2022), is_year("lt", 2024)]}, {"pumps.md"}),
    (
        {
            "type": "or",
            "filters": [
                {"type": "and", "filters": [is_year("gt", 2022), is_year("lt", 2024)]},
                {"type": "eq", "key": "kind", "value": "form"},
            ],
        },
        {"pumps.md"},
    ),
]


async def test_filters_compare_attributes(client: openai.AsyncOpenAI) -> None:
    for filters, expected in FILTERS:
        assert await names(client, filters) == expected, filters


async def test_a_threshold_leaves_out_and_what_is_not_supported_is_refused(
    client: openai.AsyncOpenAI,
) -> None:
    search = client.vector_stores.search
    found = await search("machines", query=CHECKED, ranking_options={"score_threshold": 1.0})
    assert found.data == []
    with pytest.raises(openai.UnprocessableEntityError, match="must be false"):
        await search("machines", query=CHECKED, rewrite_query=True)
    with pytest.raises(openai.UnprocessableEntityError):
        await search("machines", query=CHECKED, ranking_options={"ranker": "none"})
    with pytest.raises(openai.UnprocessableEntityError, match="must have a type"):
        await names(client, {"type": "like", "key": "a", "value": "b"})
