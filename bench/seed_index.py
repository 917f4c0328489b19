"""Grows a data folder to a given number of chunks with noisy copies of its chunks.

Noisy copies form clusters as real vectors do; the index works differently on random ones.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from shared.database.base import Database
from shared.database.schema import Chunk, Document
from shared.domain.events import ChunksIndexed
from shared.repositories import events
from shared.vectors.base import VectorIndex, VectorRow

# Standard deviation of each component, for a cosine of about .82 between a copy and its original.
_NOISE = 0.035
# Chunks that are copied.
_SEEDS = 2_000
_CHUNKS_PER_DOCUMENT = 100


@dataclass(frozen=True)
class Original:
    """A chunk to copy."""

    content: str
    chunk_type: str
    token_count: int
    page_num: int | None
    vector: NDArray[np.float32]


async def seed(database: Database, index: VectorIndex, encoder: str, *, chunks: int) -> int:
    """Add documents until there are about `chunks` chunks and return their number."""
    held = sum((await index.count()).values())
    originals = await database.read(_originals)
    dice = np.random.default_rng(3)
    while held < chunks:
        document_id = str(uuid.uuid4())
        rows = list(_copies(dice, originals, document_id, encoder))
        await database.transact(_write, document_id, rows)
        await index.upsert([_vector_row(row) for row in rows])
        held += len(rows)
    return held


def _originals(session: Session) -> list[Original]:
    rows = session.execute(
        select(
            Chunk.content,
            Chunk.chunk_type,
            Chunk.token_count,
            Chunk.page_num,
            Chunk.embedding_vector,
        )
        .where(Chunk.embedding_vector.is_not(None))
        .limit(_SEEDS)
    )
    return [Original(*row[:-1], np.frombuffer(row[-1] or b"", dtype="<f4")) for row in rows]


def _copies(
    dice: np.random.Generator, originals: Sequence[Original], document_id: str, encoder: str
) -> Iterator[dict[str, Any]]:
    chosen = dice.integers(len(originals), size=_CHUNKS_PER_DOCUMENT)
    noise = dice.normal(0, _NOISE, (_CHUNKS_PER_DOCUMENT, len(originals[0].vector)))
    for ordinal, (number, offset) in enumerate(zip(chosen, noise, strict=True)):
        original = originals[number]
        vector = original.vector + offset.astype("<f4")
        content = f"{original.content} ({document_id[:8]})"
        yield {
            "chunk_id": str(uuid.uuid4()),
            "document_id": document_id,
            "revision": 1,
            "batch": 0,
            "ordinal": ordinal,
            "content": content,
            "chunk_type": original.chunk_type,
            "token_count": original.token_count,
            "text_hash": hashlib.sha256(f"{document_id}/{ordinal}".encode()).hexdigest(),
            "page_num": original.page_num,
            "embedding_vector": (vector / np.linalg.norm(vector)).astype("<f4").tobytes(),
            "encoder": encoder,
            "is_indexed": True,
        }


def _write(session: Session, document_id: str, rows: Sequence[dict[str, Any]]) -> None:
    session.execute(
        insert(Document).values(
            document_id=document_id,
            title="Seed",
            file_name="seed.pdf",
            file_type="pdf",
            sha256=hashlib.sha256(document_id.encode()).hexdigest(),
            status="completed",
            progress=100.0,
            extracted_chunks=len(rows),
            indexed_chunks=len(rows),
            total_chunks=len(rows),
        )
    )
    session.execute(insert(Chunk), list(rows))
    events.record(session, [ChunksIndexed(document_id=document_id, batch=0)])


def _vector_row(row: dict[str, Any]) -> VectorRow:
    vector = np.frombuffer(row["embedding_vector"], dtype="<f4")
    return VectorRow(row["chunk_id"], row["chunk_type"], row["document_id"], vector)
