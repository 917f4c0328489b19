"""Interface of a vector index: ids and vectors only; the database decides what is visible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

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
        """Make a row from the columns of a chunk that has its vector."""
        found = np.frombuffer(vector or b"", dtype="<f4")
        return cls(chunk_id, chunk_type, document_id, found, encoder or "")


class Hit(NamedTuple):
    """One chunk found by a search; `score` is its cosine similarity, higher is nearer."""

    chunk_id: str
    score: float


class VectorIndex(Protocol):
    """Chunk vectors by id and type. Open with `open_index`; `Unavailable`: it can't be reached."""

    async def upsert(self, rows: Sequence[VectorRow]) -> None:
        """Write rows by chunk id. ValueError: a vector has another dimension."""

    async def delete_chunks(self, ids_by_type: Mapping[str, Sequence[str]]) -> None:
        """Remove chunks; ids that are not in the index are ignored."""

    async def delete_document(self, document_id: str) -> None:
        """Remove every chunk of a document."""

    async def search(self, vector: Vector, *, types: Sequence[str], k: int) -> list[Hit]:
        """Return the `k` chunks of these types nearest to `vector`, nearest first."""

    async def ids(self, chunk_type: str) -> set[str]:
        """Return every chunk id of one type."""

    async def count(self) -> dict[str, int]:
        """Return the number of chunks by type."""

    async def reset(self) -> None:
        """Remove every chunk."""

    async def is_ready(self) -> bool:
        """Return whether the index responds."""
        ...

    async def close(self) -> None:
        """Finish the writes in progress, then release the folder or the connection."""


def check_dimension(rows: Iterable[VectorRow], dimension: int) -> None:
    """Check every row. ValueError: a vector has another dimension."""
    for row in rows:
        if row.vector.shape != (dimension,):
            raise ValueError(
                f"{row.chunk_id}: its vector has shape {row.vector.shape}, not ({dimension},)"
            )
