"""Retrieval by meaning: the chunks whose vectors are nearest to the question's.

The index knows no filters. Where a filter leaves few chunks, each of them is compared; otherwise
the index is asked, and whoever filters asks for more until there are enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from services.query.retrieval import queries
from services.query.retrieval.scope import Scope
from shared.database.base import Database
from shared.vectors.base import Hit, Vector

_FEW_CHUNKS = 5_000
# Beyond this many hits, comparing with every chunk in the scope costs no more.
_MOST_FROM_INDEX = 4_096


class QueryEncoder(Protocol):
    """What is needed of an encoder; vectors of equal `name` can be compared."""

    @property
    def name(self) -> str: ...

    async def encode_query(self, text: str) -> Vector: ...


class Index(Protocol):
    """What is needed of the index."""

    async def search(self, vector: Vector, *, types: Sequence[str], k: int) -> list[Hit]: ...


@dataclass(frozen=True)
class DenseRetriever:
    """`Retriever` over the index of vectors."""

    database: Database
    vectors: Index
    encoder: QueryEncoder
    name: str = "dense"

    async def prepare(self, text: str, scope: Scope) -> DenseSearch:
        """Encode the question once, however often the search is widened."""
        vector = await self.encoder.encode_query(text)
        few = False
        if scope.is_narrow:
            few = await self.database.read(queries.is_small, scope, _FEW_CHUNKS)
        return DenseSearch(self, scope, vector, few)


@dataclass(frozen=True)
class DenseSearch:
    """`Search` with one vector. Among `few` chunks each is compared."""

    retriever: DenseRetriever
    scope: Scope
    vector: Vector
    few: bool

    async def nearest(self, k: int) -> list[Hit]:
        if self.few or k > _MOST_FROM_INDEX:
            compare = partial(queries.compare_all, encoder=self.retriever.encoder.name)
            return await self.retriever.database.read(compare, self.scope, self.vector, k)
        return await self.retriever.vectors.search(self.vector, types=self.scope.types, k=k)
