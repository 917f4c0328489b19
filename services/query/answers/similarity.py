"""Compares questions and statements by their vectors; those of lately compared texts are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.query.retrieval.caches import QuestionVectors, Recent
from shared.encoders.base import AsyncEncoder, Embeddings
from shared.vectors.exact import cosines

# Bytes of the vectors kept: 43,000 of 384 numbers. Documents that are asked about have some tens of
# statements on each page.
_MOST_BYTES = 64 * 1024 * 1024


class Similarity:
    """Encodes texts that it has not seen lately, all in one call.

    A vector is kept by the hash of its text and belongs to one encoder, so that it is never old.
    """

    def __init__(
        self,
        encoder: AsyncEncoder,
        questions: QuestionVectors | None = None,
        *,
        most_bytes: int = _MOST_BYTES,
    ) -> None:
        self._encoder = encoder
        self._questions = questions or QuestionVectors(encoder)
        vector_bytes = encoder.dimension * np.dtype(np.float32).itemsize
        self._known: Recent[bytes, Embeddings] = Recent("statements", most_bytes // vector_bytes)

    async def of(self, questions: Sequence[str], texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Return the cosines of each question with all texts, in their order.

        Unavailable: the encoder is closed.
        """
        if not texts:
            return [np.empty(0, np.float32) for _ in questions]
        if self._encoder.is_symmetric:
            asked = [await self._questions.of(question) for question in questions]
            rows = await self._vectors(texts)
        else:
            both = await self._vectors([*questions, *texts])
            asked, rows = both[: len(questions)], both[len(questions) :]
        matrix = np.stack(rows)
        return [cosines(matrix, vector) for vector in asked]

    async def _vectors(self, texts: Sequence[str]) -> list[Embeddings]:
        keys = [_key(text) for text in texts]
        wanted = dict(zip(keys, texts, strict=True))
        found = {key: known for key in wanted if (known := self._known.get(key)) is not None}
        missing = [key for key in wanted if key not in found]
        if missing:
            encoded = await self._encoder.encode([wanted[key] for key in missing], interactive=True)
            # Copies, because a row would keep all rows of its call in memory.
            made = {key: vector.copy() for key, vector in zip(missing, encoded, strict=True)}
            for key, vector in made.items():
                self._known.put(key, vector)
            found |= made
        return [found[key] for key in keys]


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
