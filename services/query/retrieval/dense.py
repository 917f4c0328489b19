"""Finds the chunks whose vectors are nearest to the question's.

The index can't filter. If a filter leaves few chunks, the question is compared with each of them;
otherwise the index is searched, and `Retrieval` filters and asks for more until there are enough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from services.query.question import Question
from services.query.retrieval import exhaustive
from services.query.retrieval.passages import DENSE
from shared.database.base import Database
from shared.encoders.base import AsyncEncoder
from shared.repositories.scope import Scope
from shared.vectors.base import Hit, Vector

# Chunks; comparing with this many takes about as long as one search of the index.
_FEW_CHUNKS = 5_000
# Hits; for more of them, comparing with every chunk in the scope costs no more.
_MAX_FROM_INDEX = 4_096


class VectorSearch(Protocol):
    """The part of `VectorIndex` that retrieval needs."""

    async def search(self, vector: Vector, *, types: Sequence[str], k: int) -> list[Hit]: ...


@dataclass(frozen=True)
class DenseRetriever:
    """`Retriever` over the index of vectors."""

    database: Database
    index: VectorSearch
    encoder: AsyncEncoder
    name: str = DENSE

    async def prepare(self, question: Question, scope: Scope) -> DenseSearch:
        """Encode the question once, for all rounds of the search."""
        vector = await self.encoder.encode_question(question.text)
        few = False
        if scope.is_narrow:
            few = await self.database.read(exhaustive.is_small, scope, _FEW_CHUNKS)
        return DenseSearch(self, scope, vector, few)


@dataclass(frozen=True)
class DenseSearch:
    """`Search` with one vector; with `few` it compares each chunk instead of asking the index."""

    retriever: DenseRetriever
    scope: Scope
    vector: Vector
    few: bool

    async def nearest(self, k: int) -> list[Hit]:
        if self.few or k > _MAX_FROM_INDEX:
            compare = partial(exhaustive.compare_all, encoder=self.retriever.encoder.name)
            return await self.retriever.database.read(compare, self.scope, self.vector, k)
        return await self.retriever.index.search(self.vector, types=self.scope.types, k=k)

    async def scores(self, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        cosines = partial(exhaustive.cosines, encoder=self.retriever.encoder.name)
        return await self.retriever.database.read(cosines, chunk_ids, self.vector)

    async def explain(self, chunk_ids: Sequence[str]) -> Mapping[str, Mapping[str, float]]:
        """Return nothing: a vector has no words."""
        return {}
