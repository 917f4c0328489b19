"""A wide scope that is far from the question is searched in few steps, and whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from services.query.retrieval import dense
from shared.vectors.base import Hit, Vector
from shared.vectors.exact import ExactIndex
from tests.support.fakes import AsyncEncoder
from tests.support.query_service import library, small_library


class Counting(ExactIndex):
    """An exact index that notes how many hits were asked for."""

    def __init__(self, dimension: int) -> None:
        super().__init__(dimension)
        self.asked: list[int] = []

    async def search(self, vector: Vector, *, types: Sequence[str], k: int) -> list[Hit]:
        self.asked.append(k)
        return await super().search(vector, types=types, k=k)


async def test_rows_are_compared_when_few_of_the_nearest_hits_are_in_scope(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "_FEW_CHUNKS", -1)
    index = Counting(AsyncEncoder().dimension)
    async with (
        small_library(tmp_path) as stored,
        library(stored.database, index, exact_chunks=0) as documents,
    ):
        await documents.add(*(f"alarm delay {number}" for number in range(500)))
        lamps = [f"lamp {number}" for number in range(12)]
        await documents.add(*lamps, "delay of the lamp", collection="lamps")
        found = await documents.contents("alarm delay", filters={"collection": ["lamps"]}, top_k=13)
    assert found[0] == "delay of the lamp"
    assert set(found) == {*lamps, "delay of the lamp"}
    assert index.asked == [100, 400]
