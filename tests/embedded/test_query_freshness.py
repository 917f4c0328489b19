"""What a question finds is what is committed when it arrives, also if it was asked before."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.settings import Settings
from tests.support import system as kit

pytestmark = pytest.mark.usefixtures("warm_starts")

QUESTION = "temperature of the freezer"


async def test_a_repeated_question_never_shows_what_was_changed_or_deleted(
    settings: Settings, samples: list[Path]
) -> None:
    async with kit.system(settings) as client:
        ended = await client.ingest(samples)
        target = ended[0]["document_id"]
        address = f"{kit.API}/documents/{target}"

        async def titles(**filters: object) -> dict[str, str]:
            found = await client.retrieve(QUESTION, filters=filters)
            return {passage["document_id"]: passage["title"] for passage in found}

        assert target in await titles()
        assert target not in await titles(collection="moved")
        await client.http.patch(address, json={"title": "Renamed", "collection": "moved"})
        assert (await titles())[target] == "Renamed"
        assert await titles(collection="moved") == {target: "Renamed"}
        assert target not in await titles(collection="default")

        year = {"year": 2024}
        assert await titles(metadata=year) == {}
        await client.http.patch(address, json={"metadata": year})
        assert await titles(metadata=year) == {target: "Renamed"}

        await client.http.delete(address)
        assert target not in await titles()
        assert await titles(metadata=year) == {}
        assert await titles(collection="moved") == {}
