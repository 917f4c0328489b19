"""The index of vectors: ids and vectors only. What may be shown, the database decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]

COLLECTIONS = {
    "text": "text_chunks",
    "table": "table_chunks",
    "image": "image_chunks",
    "composite": "composite_chunks",
}


@dataclass(frozen=True, slots=True)
class VectorRow:
    """One chunk's vector: (dimension,) float32, L2-normalised."""

    chunk_id: str
    chunk_type: str
    document_id: str
    vector: Vector
    encoder: str = ""

    @classmethod
    def stored(
        cls,
        chunk_id: str,
        chunk_type: str,
        document_id: str,
        vector: bytes | None,
        encoder: str | None = "",
    ) -> VectorRow:
        """From the columns of a chunk that has its vector."""
        found = np.frombuffer(vector or b"", dtype="<f4")
        return cls(chunk_id, chunk_type, document_id, found, encoder or "")


@dataclass(frozen=True, slots=True)
class Hit:
    """One chunk that was found; `score` is its cosine similarity, higher is nearer."""

    chunk_id: str
    score: float


class VectorIndex(Protocol):
    """What services know of the index. Open with `open_index`, close when done."""

    async def upsert(self, rows: Sequence[VectorRow]) -> None:
        """Write rows by chunk id. ValueError: a vector has another dimension."""

    async def delete_chunks(self, ids_by_type: Mapping[str, Sequence[str]]) -> None:
        """Take chunks out; those that are not there are no error."""

    async def delete_document(self, document_id: str) -> None:
        """Take out every chunk of a document."""

    async def search(self, vector: Vector, *, types: Sequence[str], k: int) -> list[Hit]:
        """The `k` chunks of these types nearest to `vector`, nearest first."""

    async def ids(self, chunk_type: str) -> set[str]:
        """Every chunk id of one type."""

    async def count(self) -> dict[str, int]:
        """Chunks in the index by type."""

    async def reset(self) -> None:
        """Drop everything and begin anew."""

    async def is_ready(self) -> bool:
        """Whether the index responds."""
        ...

    async def close(self) -> None:
        """Let go of the folder once what was begun is written."""


def check_dimension(rows: Iterable[VectorRow], dimension: int) -> None:
    """ValueError: a vector is not of this dimension."""
    for row in rows:
        if row.vector.shape != (dimension,):
            raise ValueError(f"{row.chunk_id}: its vector is {row.vector.shape}, not {dimension}")
