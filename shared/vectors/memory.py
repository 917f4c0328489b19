"""A small collection in memory, compared exactly.

A query costs Chroma's local index a millisecond before it looks at any vector, and most documents
hold few tables and pictures: comparing with each of them costs a tenth of that.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from shared.vectors.base import Hit, Vector, VectorRow
from shared.vectors.exact import nearest

MOST = 2_000


class InMemoryCollection:
    """What one collection holds, until it is more than `most` vectors: then it keeps nothing.

    Safe to write in one thread and search in others. Only for the collection's one writer.
    """

    def __init__(self, rows: Iterable[VectorRow], *, most: int = MOST) -> None:
        self._lock = threading.Lock()
        self._most = most
        self._rows: dict[str, VectorRow] | None = {}
        self._matrix: tuple[Sequence[str], NDArray[np.float32]] | None = None
        self.put(rows)

    def put(self, rows: Iterable[VectorRow]) -> None:
        """Add rows, or replace those of the same ids."""
        with self._lock:
            if self._rows is None:
                return
            self._rows |= {row.chunk_id: row for row in rows}
            self._matrix = None
            if len(self._rows) > self._most:
                self._rows = None

    def drop(self, chunk_ids: Iterable[str]) -> None:
        with self._lock:
            for chunk_id in chunk_ids:
                (self._rows or {}).pop(chunk_id, None)
            self._matrix = None

    def drop_document(self, document_id: str) -> None:
        with self._lock:
            if self._rows is not None:
                self._rows = {
                    id_: row for id_, row in self._rows.items() if row.document_id != document_id
                }
            self._matrix = None

    def search(self, vector: Vector, k: int) -> list[Hit] | None:
        """The `k` nearest, nearest first. None: there are too many; ask the index."""
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
