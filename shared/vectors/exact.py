"""Exact search by comparing with every vector, fast enough for a few thousand.

`ExactIndex` is a `VectorIndex` in memory, for tests and for measuring the recall of Chroma.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from shared.vectors.base import COLLECTIONS, Hit, Vector, VectorRow, check_dimension

# Scores that are looked at together: sorting takes longer than finding the highest of a block.
_BLOCK = 32


def nearest(ids: Sequence[str], matrix: NDArray[np.float32], vector: Vector, k: int) -> list[Hit]:
    """Return the `k` rows of `matrix` (n, dimension) most similar to `vector`, nearest first.

    Rows and vector are L2-normalised; `ids` names the rows.
    """
    scores = cosines(matrix, vector)
    best = highest(scores, k)
    return list(map(Hit, map(ids.__getitem__, best.tolist()), scores[best].tolist()))


def cosines(matrix: NDArray[np.float32], vector: Vector) -> NDArray[np.float32]:
    """Return the product of each row of `matrix` (n, dimension) with `vector`.

    `einsum` takes half as long as `@`, which leaves a thread of OpenBLAS waiting in a loop after
    each call: 20 ms of a core for a question that needs one.
    """
    products: NDArray[np.float32] = np.einsum("ij,j->i", matrix, vector)
    return products


def highest(scores: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Return the places of the `k` highest scores, highest first, and equal ones in their order."""
    blocks = len(scores) // _BLOCK
    if 0 < k <= blocks:
        # Each of the k highest blocks has one score of at least this, so the k highest do too.
        tops = scores[: blocks * _BLOCK].reshape(blocks, _BLOCK).max(axis=1)
        some = np.flatnonzero(scores >= np.partition(tops, -k)[-k])
        return some[np.argsort(-scores[some], kind="stable")[:k]]
    return np.argsort(-scores, kind="stable")[: max(k, 0)]


class ExactIndex:
    """`VectorIndex` in memory."""

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._rows: dict[str, dict[str, VectorRow]] = {kind: {} for kind in COLLECTIONS}

    async def upsert(self, rows: Sequence[VectorRow]) -> None:
        check_dimension(rows, self._dimension)
        for row in rows:
            self._rows[row.chunk_type][row.chunk_id] = row

    async def delete_chunks(self, ids_by_type: Mapping[str, Sequence[str]]) -> None:
        for kind, ids in ids_by_type.items():
            for chunk_id in ids:
                self._rows[kind].pop(chunk_id, None)

    async def delete_document(self, document_id: str) -> None:
        for kind, rows in self._rows.items():
            self._rows[kind] = {
                chunk_id: row for chunk_id, row in rows.items() if row.document_id != document_id
            }

    async def search(self, vector: Vector, *, types: Sequence[str], k: int) -> list[Hit]:
        rows = [row for kind in types for row in self._rows[kind].values()]
        if not rows or k < 1:
            return []
        matrix = np.stack([row.vector for row in rows])
        return nearest([row.chunk_id for row in rows], matrix, vector, k)

    async def ids(self, chunk_type: str) -> set[str]:
        return set(self._rows[chunk_type])

    async def count(self) -> dict[str, int]:
        return {kind: len(rows) for kind, rows in self._rows.items()}

    async def reset(self) -> None:
        self._rows = {kind: {} for kind in COLLECTIONS}

    async def is_ready(self) -> bool:
        return True

    async def close(self) -> None:
        await self.reset()
