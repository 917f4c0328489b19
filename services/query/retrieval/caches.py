"""Caches of a process that answers questions: vectors of questions, and retrieved passages.

Passages are kept with the place in the ledger's history of events at which they were found, and
are used only while that is the place of the last event: any change of a document makes them old.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from shared.domain.position import Position
from shared.encoders.base import AsyncEncoder, Embeddings
from shared.telemetry.metrics import QUERY_CACHE

# Vectors of 384 numbers: 3 MB.
_VECTORS = 2_000
# Retrievals of ten passages each: some 10 MB.
_RETRIEVALS = 500

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
T = TypeVar("T")


class Recent(Generic[K, V]):
    """The values of the `size` keys that were used last, counted in the metrics as `name`."""

    def __init__(self, name: str, size: int) -> None:
        self._size = size
        self._values: OrderedDict[K, V] = OrderedDict()
        self._hits = QUERY_CACHE.labels(name, "hit")
        self._misses = QUERY_CACHE.labels(name, "miss")

    def get(self, key: K) -> V | None:
        """Return the value; None if it is not known."""
        value = self._values.get(key)
        if value is None:
            self._misses.inc()
            return None
        self._values.move_to_end(key)
        self._hits.inc()
        return value

    def put(self, key: K, value: V) -> None:
        """Keep the value; of too many, drop the one that was not used for longest."""
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > self._size:
            self._values.popitem(last=False)

    def clear(self) -> None:
        """Remove all values."""
        self._values.clear()


class QuestionVectors:
    """The vectors of questions; those asked lately are not encoded again."""

    def __init__(self, encoder: AsyncEncoder, size: int = _VECTORS) -> None:
        self._encoder = encoder
        self._known: Recent[tuple[str, str], Embeddings] = Recent("vectors", size)

    async def of(self, question: str) -> Embeddings:
        """Return the vector of a question. Unavailable: the encoder is closed."""
        key = (self._encoder.name, question)
        vector = self._known.get(key)
        if vector is None:
            vector = await self._encoder.encode_question(question)
            self._known.put(key, vector)
        return vector

    async def compared(
        self, question: str, compare: Callable[[Embeddings], T]
    ) -> tuple[Embeddings, T]:
        """Return the vector of a question and what a comparison with it finds, in one thread.

        Unavailable: the encoder is closed.
        """
        key = (self._encoder.name, question)
        known = self._known.get(key)
        if known is not None:
            return known, await asyncio.to_thread(compare, known)
        vector, found = await self._encoder.with_question(
            question, lambda vector: (vector, compare(vector))
        )
        self._known.put(key, vector)
        return vector, found


class Retrievals(Generic[V]):
    """What was found for questions at the place of the last event."""

    def __init__(self, size: int = _RETRIEVALS) -> None:
        self._known: Recent[Hashable, V] = Recent("passages", size)
        self._place: Position | None = None

    def get(self, key: Hashable, place: Position) -> V | None:
        """Return what was found with this key; None if a change was committed since."""
        if place != self._place:
            self._known.clear()
            self._place = place
        return self._known.get(key)

    def put(self, key: Hashable, place: Position, found: V) -> None:
        """Keep what was found by a search that began at `place`."""
        if place == self._place:
            self._known.put(key, found)
