"""Measures which share of the nearest vectors the index finds, on a sample of stored vectors.

The index walks a graph and may miss some. Each sampled vector is moved as far away as questions are
from their passages, asked, and compared with every stored one.
"""

from __future__ import annotations

import asyncio
import logging
import math
import uuid
from collections.abc import AsyncIterator, Callable, Container, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shared.database.base import Database
from shared.repositories import chunks, live_chunks
from shared.repositories.scope import Scope
from shared.telemetry.metrics import INDEX_RECALL
from shared.vectors.base import COLLECTIONS, Hit, Vector, VectorRow

log = logging.getLogger(__name__)

# Vectors that are asked: the share of 1,000 neighbours is known to about a hundredth.
SAMPLE = 100
# Nearest vectors that count.
K = 10
# Cosine of an asked vector to the stored one: the usual one of a question and its passage. Stored
# vectors themselves are found more often than what questions look for.
_LIKE_A_QUESTION = 0.6
# Least share: a graph of 200,000 vectors finds .99, one that is searched too narrowly .92
# (docs/decisions/0021-the-recall-of-the-index.md).
FLOOR = 0.95
ADVICE = "run `quire rebuild-index`, which builds the graph again"
# Cosines that differ by less are equal: the index computes them in another order.
_EQUAL = 1e-5
# Documents of one read. In the order of documents a database reads rows that lie together, which
# takes a tenth of the time of the order of their chunks' ids.
_DOCUMENTS = 50


class VectorSearch(Protocol):
    """The part of `VectorIndex` that is measured."""

    async def search(self, vector: Vector, *, types: Sequence[str], k: int) -> list[Hit]: ...


@dataclass(frozen=True)
class Recall:
    """The share (0 … 1) of the nearest vectors that the index found for this many questions."""

    share: float
    questions: int

    @property
    def is_low(self) -> bool:
        return self.share < FLOOR

    def __str__(self) -> str:
        return f"{self.share:.1%} of the {K} nearest for {self.questions} questions"


async def measure(
    database: Database, index: VectorSearch, among: Container[str] | None = None
) -> Recall | None:
    """Return the recall of the index and set its gauge; None if there is no vector.

    `among` are the ids that the index has; without them every indexed chunk counts.
    """
    sample = await _sample(database, among)
    if not sample:
        return None
    questions = _like_questions(np.stack([row.vector for row in sample]))
    best = np.full((len(sample), K), -np.inf, np.float32)
    async for rows in _pages(database, sample[0].encoder, among):
        best = await asyncio.to_thread(_merged, best, questions, rows)
    found = 0
    for question, scores in zip(questions, best, strict=True):
        # With fewer than K vectors, all of them are the nearest.
        least = scores[scores > -np.inf].min() - _EQUAL
        hits = await index.search(question, types=tuple(COLLECTIONS), k=K)
        found += sum(hit.score >= least for hit in hits)
    recall = Recall(float(found / np.isfinite(best).sum()), len(sample))
    INDEX_RECALL.set(recall.share)
    return recall


@dataclass(frozen=True)
class RecallWatch:
    """Measures the index from time to time while questions search it; warns if it is low."""

    database: Database
    index: VectorSearch
    is_searched: Callable[[], bool]

    async def run(self) -> dict[str, float]:
        """Measure now and return figures for the log; nothing if no question needs the index."""
        recall = await measure(self.database, self.index) if self.is_searched() else None
        if recall is None:
            return {}
        if recall.is_low:
            log.warning("the index misses near vectors: %s", ADVICE, extra={"recall": recall.share})
        return {"recall": recall.share, "questions": recall.questions}


def _merged(
    best: NDArray[np.float32], questions: NDArray[np.float32], rows: Sequence[VectorRow]
) -> NDArray[np.float32]:
    """Return the `K` highest cosines of each question, those with these rows included."""
    cosines = questions @ np.stack([row.vector for row in rows]).T
    return np.partition(np.concatenate([best, cosines], axis=1), -K, axis=1)[:, -K:]


async def _sample(database: Database, among: Container[str] | None) -> list[VectorRow]:
    """Return rows after a random id: ids are hashes, so neighbours in their order are unrelated."""
    found: list[VectorRow] = []
    for after in (str(uuid.uuid4()), ""):
        if len(found) < SAMPLE:
            rows = await database.read(chunks.next_indexed_vectors, after=after, limit=SAMPLE)
            known = {row.chunk_id for row in found}
            found += [row for row in rows if row.chunk_id not in known and _is_in(row, among)]
    return [row for row in found if row.encoder == found[0].encoder][:SAMPLE]


async def _pages(
    database: Database, encoder: str, among: Container[str] | None
) -> AsyncIterator[list[VectorRow]]:
    documents = await database.read(live_chunks.document_ids, Scope())
    for start in range(0, len(documents), _DOCUMENTS):
        some = documents[start : start + _DOCUMENTS]
        rows = await database.read(chunks.indexed_vectors, some)
        if mine := [row for row in rows if row.encoder == encoder and _is_in(row, among)]:
            yield mine


def _is_in(row: VectorRow, among: Container[str] | None) -> bool:
    return among is None or row.chunk_id in among


def _like_questions(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return vectors (n, dimension) that are as near to these as questions are to passages."""
    away = np.random.default_rng().normal(size=vectors.shape).astype(np.float32)
    away -= (away * vectors).sum(1, keepdims=True) * vectors
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    moved = _LIKE_A_QUESTION * vectors + math.sqrt(1 - _LIKE_A_QUESTION**2) * away
    return np.asarray(moved, np.float32)
