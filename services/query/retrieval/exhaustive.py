"""Compares a question with the vectors of all chunks in its scope, where they are few."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from shared.repositories import live_chunks
from shared.repositories.scope import Scope
from shared.vectors.base import Hit, Vector
from shared.vectors.exact import nearest

# 5,000 vectors of 384 numbers take 8 MB.
_COMPARED_AT_ONCE = 5_000
# Below the 999 parameters that older SQLite versions allow in one statement.
_DOCUMENTS_AT_ONCE = 500


def is_small(session: Session, scope: Scope, limit: int) -> bool:
    """Return whether the documents in `scope` have about `limit` chunks, or fewer."""
    documents, chunks = live_chunks.sizes(session, scope)
    return documents <= limit and chunks <= limit


def compare_all(
    session: Session, scope: Scope, vector: Vector, k: int, *, encoder: str
) -> list[Hit]:
    """Return the `k` chunks in `scope` nearest to `vector`, by comparing it with each live chunk.

    Documents are looked up first: with a join, SQLite would read the chunks of all documents.
    """
    best: list[Hit] = []
    ids = live_chunks.document_ids(session, scope)
    for start in range(0, len(ids), _DOCUMENTS_AT_ONCE):
        some = ids[start : start + _DOCUMENTS_AT_ONCE]
        for rows in live_chunks.vectors(
            session, some, scope.types, encoder, at_once=_COMPARED_AT_ONCE
        ):
            best = heapq.nlargest(k, best + _compared(rows, vector, k), key=lambda hit: hit.score)
    return best


def cosines(
    session: Session, chunk_ids: Sequence[str], vector: Vector, *, encoder: str
) -> dict[str, float]:
    """Return the cosine of each chunk that has a vector of this encoder, by chunk id."""
    rows = live_chunks.vectors_by_id(session, chunk_ids, encoder)
    return {hit.chunk_id: hit.score for hit in _compared(rows, vector, len(rows))} if rows else {}


def _compared(rows: Iterable[Sequence[Any]], vector: Vector, k: int) -> list[Hit]:
    ids, blobs = zip(*rows, strict=True)
    matrix = np.frombuffer(b"".join(blobs), dtype="<f4").reshape(len(ids), -1)
    return nearest(ids, matrix, vector, k)
