"""The embedder's handler with an encoder that makes vectors of text lengths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import numpy as np
import pytest

from services.embedder.handlers import Embedding, EmbeddingBatch
from shared.ledger.steps import ClaimedTask
from shared.telemetry.metrics import METRICS

T = TypeVar("T")

TASK = ClaimedTask("task", "doc", 1, "embed", 0, False, False, 1, 1, "", datetime.now(UTC))
BATCH = EmbeddingBatch(
    texts={"1": "known", "2": "new"}, hashes={"1": "k", "2": "n"}, known={"k": b"vector"}
)


class LengthEncoder:
    name = "length"
    dimension = 1
    max_tokens = 8
    languages = ()
    is_symmetric = True

    def unknown_share(self, text: str) -> float:
        return 0.0

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        raise AssertionError(texts)

    async def encode(self, texts: Sequence[str], *, interactive: bool = False) -> np.ndarray:
        return np.array([[len(text)] for text in texts], np.float32)

    async def encode_question(self, text: str) -> np.ndarray:
        raise AssertionError(text)

    async def with_question(self, text: str, use: Callable[[np.ndarray], T]) -> T:
        raise AssertionError(text)


def counted() -> list[float]:
    return [
        METRICS.get_sample_value("quire_encoder_texts_total", {"source": source}) or 0.0
        for source in ("cache", "encoder")
    ]


@pytest.mark.parametrize(("committed", "counts"), [(True, 1), (False, 0)])
async def test_texts_are_counted_after_their_step_is_committed(
    committed: bool, counts: int
) -> None:
    before = counted()
    steps = Embedding(LengthEncoder()).embed(TASK, BATCH)
    assert (await anext(steps)).last
    assert counted() == before
    if committed:  # The worker asks for the next step after the commit, and closes after a failure.
        assert [step async for step in steps] == []
    await steps.aclose()  # type: ignore[attr-defined]
    assert counted() == [number + counts for number in before]
