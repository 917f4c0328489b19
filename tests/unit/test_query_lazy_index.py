"""An index of another encoder is reported and opened again until it matches."""

from __future__ import annotations

import numpy as np
import pytest

from services.query.retrieval import lazy_index
from services.query.retrieval.lazy_index import LazyIndex
from shared.domain.errors import QuireError, SettingsError, Unavailable
from shared.vectors.base import VectorIndex, VectorRow
from shared.vectors.exact import ExactIndex

VECTOR = np.array([1, 0], np.float32)


class Opener:
    """Fails while `error` is set, and counts its calls."""

    def __init__(self, refusal: Exception | None) -> None:
        self.refusal = refusal
        self.asked = 0
        self.index = ExactIndex(2)

    def __call__(self) -> VectorIndex:
        self.asked += 1
        if self.refusal is not None:
            raise self.refusal
        return self.index


async def search(index: LazyIndex) -> list[str]:
    return [hit.chunk_id for hit in await index.search(VECTOR, types=["text"], k=3)]


async def test_the_index_is_opened_once_and_searched() -> None:
    opener = Opener(None)
    await opener.index.upsert([VectorRow("a", "text", "d", VECTOR)])
    index = LazyIndex(opener)
    assert await search(index) == await search(index) == ["a"]
    assert opener.asked == 1


@pytest.mark.parametrize(
    ("reason", "answers"),
    [(SettingsError("It was made by another."), True), (Unavailable("It is away."), False)],
)
async def test_an_index_that_can_not_be_opened_is_tried_again_after_an_interval(
    monkeypatch: pytest.MonkeyPatch, reason: QuireError, answers: bool
) -> None:
    opener = Opener(reason)
    index = LazyIndex(opener)
    for _ in range(3):
        with pytest.raises(Unavailable, match=str(reason)):
            await search(index)
    assert await index.is_ready() == answers
    assert opener.asked == 1
    opener.refusal = None
    monkeypatch.setattr(lazy_index, "RETRY_AFTER_S", 0.0)
    assert await search(index) == []
    assert await index.is_ready()


async def test_an_index_that_becomes_unreachable_is_not_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opener = Opener(None)
    index = LazyIndex(opener)
    assert await index.is_ready()

    async def count() -> dict[str, int]:
        raise Unavailable("It is away.")

    monkeypatch.setattr(opener.index, "count", count)
    assert not await index.is_ready()
