"""Finds the chunks whose vectors are nearest to the question's.

If all vectors are in memory, the question is compared with each one in its scope. Otherwise the
index is searched, which can't filter: `Retrieval` filters and asks for more until there are enough.
If a filter leaves few chunks, the question is compared with the rows of each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from services.query.question import Question
from services.query.retrieval import exhaustive
from services.query.retrieval.caches import QuestionVectors
from services.query.retrieval.passages import DENSE
from shared.database.base import Database
from shared.repositories import live_chunks
from shared.repositories.scope import Scope
from shared.vectors.base import Hit, Vector
from shared.vectors.matrix import VectorMatrix

# Chunks; comparing with this many rows takes about as long as one search of the index.
_FEW_CHUNKS = 5_000
# Hits; for more of them, comparing with every row costs no more.
_MAX_FROM_INDEX = 4_096
# The same for a scope: if too few of 400 hits are in it, it is far from the question. To compare
# with its rows then takes less time than to look up ever more hits outside of it.
_MAX_IN_SCOPE = 1_000
# Hits of a comparison with rows: all of them are in the scope, so that no question needs more.
_MOST_COMPARED = 500


class VectorSearch(Protocol):
    """The part of `VectorIndex` that retrieval needs."""

    async def search(self, vector: Vector, *, types: Sequence[str], k: int) -> list[Hit]: ...


class InMemory(Protocol):
    """All vectors, if they are in memory."""

    @property
    def matrix(self) -> VectorMatrix | None: ...


@dataclass(frozen=True)
class DenseRetriever:
    """`Retriever` over vectors in memory and the index; `encoder` is the name of theirs."""

    database: Database
    index: VectorSearch
    memory: InMemory
    vectors: QuestionVectors
    encoder: str
    name: str = DENSE

    async def prepare(self, question: Question, scope: Scope) -> DenseSearch:
        """Look up the documents in scope, if only their rows tell."""
        matrix = self.memory.matrix
        documents: Sequence[str] | None = None
        few = False
        if scope.is_narrow and matrix is not None:
            documents = await self.database.read(live_chunks.document_ids, scope)
        elif scope.is_narrow:
            few = await self.database.read(exhaustive.is_small, scope, _FEW_CHUNKS)
        return DenseSearch(self, question.text, scope, matrix, documents, few)


@dataclass
class DenseSearch:
    """`Search` of one question in `matrix`, restricted to `documents` unless that is None.

    Without a matrix, `few` compares the row of each chunk instead of asking the index.
    """

    retriever: DenseRetriever
    question: str
    scope: Scope
    matrix: VectorMatrix | None
    documents: Sequence[str] | None
    few: bool
    # Known from the first search on.
    vector: Vector | None = None

    async def nearest(self, k: int) -> list[Hit]:
        types = self.scope.types
        if self.matrix is not None:
            search = partial(self.matrix.search, types=types, k=k, document_ids=self.documents)
            self.vector, hits = await self.retriever.vectors.compared(self.question, search)
            return hits
        vector = await self._encoded()
        most_from_index = _MAX_IN_SCOPE if self.scope.is_narrow else _MAX_FROM_INDEX
        if self.few or k > most_from_index:
            compare = partial(exhaustive.compare_all, encoder=self.retriever.encoder)
            k = min(k, _MOST_COMPARED)
            return await self.retriever.database.read(compare, self.scope, vector, k)
        return await self.retriever.index.search(vector, types=types, k=k)

    async def scores(self, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        vector = await self._encoded()
        if self.matrix is not None:
            return self.matrix.scores(vector, chunk_ids)
        cosines = partial(exhaustive.cosines, encoder=self.retriever.encoder)
        return await self.retriever.database.read(cosines, chunk_ids, vector)

    async def _encoded(self) -> Vector:
        if self.vector is None:
            self.vector = await self.retriever.vectors.of(self.question)
        return self.vector

    @property
    def similar(self) -> Mapping[str, Sequence[str]]:
        """Return nothing: a vector has no words."""
        return {}

    async def explain(self, chunk_ids: Sequence[str]) -> Mapping[str, Mapping[str, float]]:
        """Return nothing: a vector has no words."""
        return {}
