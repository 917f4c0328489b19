"""A small collection in memory, searched by comparing with every vector.

A query of Chroma's local index takes a millisecond before it compares any vector. Most documents
have few tables and pictures; comparing with all of them takes a tenth of that.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from shared.vectors.base import Hit, Vector, VectorRow
from shared.vectors.exact import nearest

# Vectors of one collection: 3 MB at 384 dimensions.
MAX_VECTORS = 2_000


class InMemoryCollection:
    """Copies one collection; above `limit` vectors the copy is discarded and never rebuilt.

    Safe to write in one thread and search in others. Only the sole writer of the collection may
    keep one.
    """

    def __init__(self, rows: Iterable[VectorRow], *, limit: int = MAX_VECTORS) -> None:
        self._lock = threading.Lock()
        self._limit = limit
        self._rows: dict[str, VectorRow] | None = {}
        self._matrix: tuple[Sequence[str], NDArray[np.float32]] | None = None
        self.put(rows)

    def put(self, rows: Iterable[VectorRow]) -> None:
        """Add rows; rows of the same ids are replaced."""
        with self._lock:
            if self._rows is None:
                return
            self._rows |= {row.chunk_id: row for row in rows}
            self._matrix = None
            if len(self._rows) > self._limit:
                self._rows = None

    def drop(self, chunk_ids: Iterable[str]) -> None:
        """Remove rows by id; unknown ids are ignored."""
        with self._lock:
            for chunk_id in chunk_ids:
                (self._rows or {}).pop(chunk_id, None)
            self._matrix = None

    def drop_document(self, document_id: str) -> None:
        """Remove the rows of a document."""
        with self._lock:
            if self._rows is not None:
                self._rows = {
                    id_: row for id_, row in self._rows.items() if row.document_id != document_id
                }
            self._matrix = None

    def search(self, vector: Vector, k: int) -> list[Hit] | None:
        """Return the `k` nearest, nearest first. None: the copy was dropped; ask the index."""
        with self._lock:
            if self._rows is None:
                return None
            if not self._rows:
                return []
            if self._matrix is None:
                self._matrix = (
                    list(self._rows),
                    np.stack([row.vector for row in self._rows.values()]),
                )
            ids, matrix = self._matrix
        return nearest(ids, matrix, vector, k)
