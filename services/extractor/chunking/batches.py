"""Groups chunks into batches, small ones first, so that a long file is searchable early.

Batches depend on the number of chunks and the size of their pictures only, never on time, so that
reading a file again yields the same batches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.extractor.document import ChunkDraft

FIRST = 8  # chunks; few, so that the first pages are searchable early
MAX_CHUNKS = 64  # chunks; bounds the time of one embedding task
_PICTURE_BYTES = 16 * 1024 * 1024  # bounds the memory that waits for the next batch


class Batcher:
    """Collects chunks into batches of 8, 16, 32, 64, 64 … chunks."""

    def __init__(self) -> None:
        self._held: list[ChunkDraft] = []
        self._weight = 0
        self._size = FIRST

    def add(self, chunks: Iterable[ChunkDraft]) -> Iterator[tuple[ChunkDraft, ...]]:
        """Add chunks and yield the batches that they complete."""
        for chunk in chunks:
            self._held.append(chunk)
            self._weight += len(chunk.image or b"")
            if len(self._held) >= self._size or self._weight >= _PICTURE_BYTES:
                yield self.rest()
                self._size = min(2 * self._size, MAX_CHUNKS)

    def rest(self) -> tuple[ChunkDraft, ...]:
        """Return the chunks of the unfinished batch and start a new one."""
        chunks, self._held, self._weight = tuple(self._held), [], 0
        return chunks
