"""An index of another encoder is looked at again, and said to be so until it is right."""

from __future__ import annotations

import numpy as np
import pytest

from services.query import late_index
from services.query.late_index import LateIndex
from shared.errors import SettingsError, Unavailable
from shared.exact import ExactVectors
from shared.vectors import VectorRow, Vectors

VECTOR = np.array([1, 0], np.float32)


class Opener:
    """Refuses for as long as it is told to, and counts how often it was asked."""

    def __init__(self, refusal: Exception | None) -> None:
        self.refusal = refusal
        self.asked = 0
        self.index = ExactVectors(2)

    def __call__(self) -> Vectors:
        self.asked += 1
        if self.refusal is not None:
            raise self.refusal
        return self.index


async def search(index: LateIndex) -> list[str]:
    return [hit.chunk_id for hit in await index.search(VECTOR, types=["text"], k=3)]


async def test_the_index_is_opened_once_and_searched() -> None:
    opener = Opener(None)
    await opener.index.upsert([VectorRow("a", "text", "d", VECTOR)])
    index = LateIndex(opener)
    assert await search(index) == await search(index) == ["a"]
    assert opener.asked == 1


async def test_a_refused_index_says_why_and_is_looked_at_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opener = Opener(SettingsError("The index was made by another."))
    index = LateIndex(opener)
    for _ in range(3):
        with pytest.raises(Unavailable, match="made by another"):
            await search(index)
    assert opener.asked == 1
    opener.refusal = None
    monkeypatch.setattr(late_index, "LOOK_AGAIN_S", 0.0)
    assert await search(index) == []


async def test_a_server_that_is_away_is_asked_each_time() -> None:
    opener = Opener(Unavailable("away"))
    index = LateIndex(opener)
    for _ in range(2):
        with pytest.raises(Unavailable, match="away"):
            await search(index)
    opener.refusal = None
    assert await search(index) == []
    assert opener.asked == 3
