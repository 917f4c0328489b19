"""Makes the vectors of a batch of chunks, from their content below its context.

A text with a stored vector is not encoded again.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from shared.domain.errors import EmbedFailed, QuireError
from shared.domain.events import ChunksCreated, TaskEvent
from shared.domain.stages import INDEX
from shared.encoders.base import AsyncEncoder
from shared.ledger.steps import ClaimedTask, Step, new_task
from shared.ledger.writes import SaveVectors
from shared.repositories import chunks
from shared.telemetry.metrics import CACHE
from shared.text.context import with_context
from shared.worker.worker import Handler


@dataclass(frozen=True)
class EmbeddingBatch:
    """The texts to encode and their hashes, both by chunk id, and stored vectors by hash."""

    texts: Mapping[str, str]
    hashes: Mapping[str, str]
    known: Mapping[str, bytes]


@dataclass(frozen=True)
class Embedding:
    """Handles embedding with one encoder."""

    encoder: AsyncEncoder

    def load(self, session: Session, task: ClaimedTask) -> EmbeddingBatch:
        """Return the task's chunks and the vectors that this encoder already made of them."""
        found = chunks.texts_of_batch(session, task.document_id, task.revision, task.batch)
        texts = {
            chunk.chunk_id: with_context(
                chunk.content, title=chunk.title, file_name=chunk.file_name, section=chunk.section
            )
            for chunk in found
        }
        hashes = {
            chunk_id: hashlib.sha256(text.encode()).hexdigest() for chunk_id, text in texts.items()
        }
        known = chunks.known_vectors(session, list(hashes.values()), self.encoder.name)
        return EmbeddingBatch(texts, hashes, known)

    async def embed(self, task: ClaimedTask, batch: EmbeddingBatch) -> AsyncIterator[Step]:
        """Yield one step that stores the vectors of the whole batch, or raise EmbedFailed."""
        fresh = {
            batch.hashes[chunk_id]: text
            for chunk_id, text in batch.texts.items()
            if batch.hashes[chunk_id] not in batch.known
        }
        vectors = {**batch.known, **await self._encode(fresh, interactive=not task.bulk)}
        yield Step(
            writes=[
                SaveVectors(
                    {chunk_id: vectors[hashed] for chunk_id, hashed in batch.hashes.items()},
                    batch.hashes,
                    self.encoder.name,
                )
            ],
            opens=[new_task(INDEX, task.batch)],
            last=True,
        )
        # Counted after the commit: the worker asks for the next step only then.
        CACHE.labels("cache").inc(len(batch.texts) - len(fresh))
        CACHE.labels("encoder").inc(len(fresh))

    async def _encode(self, texts: Mapping[str, str], *, interactive: bool) -> dict[str, bytes]:
        if not texts:
            return {}
        try:
            vectors = await self.encoder.encode(list(texts.values()), interactive=interactive)
        except QuireError:
            raise
        except Exception as error:
            raise EmbedFailed from error
        rows = np.ascontiguousarray(vectors, dtype="<f4")
        return {hashed: row.tobytes() for hashed, row in zip(texts, rows, strict=True)}


def handlers(embedding: Embedding) -> Mapping[type[TaskEvent], Handler]:
    """Return the handler of each event."""
    return {ChunksCreated: Handler(load=embedding.load, handle=embedding.embed)}
