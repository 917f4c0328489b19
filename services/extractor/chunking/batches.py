"""How chunks are handed on: a small batch first, so that a long file is searchable early.

Batches are cut by the number of chunks and the weight of their pictures alone, never by time: a
file that is read again falls into the same batches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.extractor.document import ChunkDraft

FIRST = 8
LARGEST = 64
_PICTURE_BYTES = 16 * 1024 * 1024


class Batcher:
    """Collects chunks and gives them back as batches of 8, 16, 32, 64, 64 …"""

    def __init__(self) -> None:
        self._held: list[ChunkDraft] = []
        self._weight = 0
        self._size = FIRST

    def add(self, chunks: Iterable[ChunkDraft]) -> Iterator[tuple[ChunkDraft, ...]]:
        for chunk in chunks:
            self._held.append(chunk)
            self._weight += len(chunk.image or b"")
            if len(self._held) >= self._size or self._weight >= _PICTURE_BYTES:
                yield self.rest()
                self._size = min(2 * self._size, LARGEST)

    def rest(self) -> tuple[ChunkDraft, ...]:
        """What is held back so far."""
        chunks, self._held, self._weight = tuple(self._held), [], 0
        return chunks
