"""Handles uploaded documents: stores chunks batch by batch, so that first pages are found early.

A repeated attempt yields the same chunks and batches with the same ids.
"""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from services.extractor.document import Batch, ChunkDraft, ReadOptions, Totals
from services.extractor.sandbox.sandbox import Sandbox
from shared.blobs.base import Blobs, picture_prefix
from shared.domain.errors import TooLarge
from shared.domain.events import DocumentUploaded, TaskEvent
from shared.domain.stages import EMBED
from shared.ledger.steps import ClaimedTask, Step, new_task
from shared.ledger.writes import EndExtraction, NotePages, SaveChunks
from shared.repositories import documents
from shared.repositories.documents import StoredFile
from shared.text import chunk_sentences
from shared.worker.worker import Handler

CHUNKER_VERSION = 4  # part of every chunk id; raise it when the same file gives other chunks
_NAMESPACE = uuid.UUID("c1b9a5d2-7f4e-4b8e-9a35-2f6f0f6f5a10")


def load_source(session: Session, task: ClaimedTask) -> StoredFile:
    """Return the source file of the task's document."""
    return documents.stored_file(session, task.document_id)


@dataclass(frozen=True)
class Extraction:
    """Extracts documents with given blob storage, sandbox and chunk sizes in tokens."""

    blobs: Blobs
    sandbox: Sandbox
    tokenizer_path: Path
    chunk_tokens: int
    overlap_tokens: int
    max_chunks: int

    async def extract(self, task: ClaimedTask, source: StoredFile) -> AsyncIterator[Step]:
        """Yield one step per batch of chunks; the last one records the number of chunks.

        TooLarge: the document has too many chunks.
        """
        path = await asyncio.to_thread(self.blobs.path, source.blob_key)
        builder = StepBuilder(task, source.file_name, max_chunks=self.max_chunks)
        async with aclosing(self.sandbox.read(path, self._options(task, source))) as batches:
            async for batch in batches:
                await asyncio.to_thread(self._keep_pictures, task, batch)
                yield builder.step(batch)

    def _options(self, task: ClaimedTask, source: StoredFile) -> ReadOptions:
        return ReadOptions(
            file_type=source.file_type,
            tokenizer_path=str(self.tokenizer_path),
            max_tokens=self.chunk_tokens,
            overlap_tokens=self.overlap_tokens,
            strict=task.strict,
        )

    def _keep_pictures(self, task: ClaimedTask, batch: Batch) -> None:
        for draft in batch.chunks:
            if draft.image is not None:
                key = picture_key(task.document_id, draft)
                if not self.blobs.exists(key):
                    self.blobs.put(key, draft.image)


class StepBuilder:
    """Builds the steps of one document, and numbers its chunks and batches in order.

    Every chunk is encoded, so a document with too many would keep all others from being encoded.
    """

    def __init__(self, task: ClaimedTask, source_file: str, *, max_chunks: int) -> None:
        self._task = task
        self._max_chunks = max_chunks
        self._source_file = source_file
        self._chunks = 0
        self._batches = 0

    def step(self, batch: Batch) -> Step:
        """Return the step that stores a batch and opens its embedding task.

        TooLarge: the document has more than `max_chunks` chunks.
        """
        if self._chunks + len(batch.chunks) > self._max_chunks:
            raise TooLarge(
                f"The text of the document has more than {self._max_chunks:,} passages, which is"
                " more than this server accepts. Split it and upload the parts."
            )
        rows = [self._row(draft, offset) for offset, draft in enumerate(batch.chunks)]
        self._chunks += len(rows)
        opens = [new_task(EMBED, self._batches)] if rows else []
        self._batches += len(opens)
        done = [EndExtraction(self._chunks, _unread(batch.totals))] if batch.totals else []
        return Step(
            writes=[SaveChunks(rows), NotePages(batch.pages_done, batch.page_count), *done],
            opens=opens,
            progress=100.0 * batch.pages_done / (batch.page_count or max(1, batch.pages_done)),
            result={"pages": batch.pages_done, "bad_pages": batch.bad_pages},
            last=batch.done,
        )

    def _row(self, draft: ChunkDraft, offset: int) -> dict[str, Any]:
        task, ordinal = self._task, self._chunks + offset
        return {
            "chunk_id": chunk_id_for(task.document_id, task.revision, ordinal),
            "document_id": task.document_id,
            "revision": task.revision,
            "batch": self._batches,
            "ordinal": ordinal,
            "content": draft.content,
            "chunk_type": draft.chunk_type,
            "token_count": draft.token_count,
            "text_hash": hashlib.sha256(draft.content.encode()).hexdigest(),
            "page_num": draft.page_num,
            "box": _box(draft),
            "section": draft.section,
            "sentences": chunk_sentences.encode(draft.sentences),
            "source_file": self._source_file,
            "image_path": picture_key(task.document_id, draft) if draft.image else None,
        }


def _unread(totals: Totals) -> dict[str, int] | None:
    """Return the pages without readable text by reason; None if all were read."""
    return dict(sorted(totals.unread.items())) or None


def chunk_id_for(document_id: str, revision: int, ordinal: int) -> str:
    """Return the deterministic id (UUID 5) of the n-th chunk of a revision."""
    name = f"{document_id}/{revision}/{ordinal}/{CHUNKER_VERSION}"
    return str(uuid.uuid5(_NAMESPACE, name))


def picture_key(document_id: str, draft: ChunkDraft) -> str:
    """Return the blob key of a chunk's picture: its content hash in the document's folder."""
    digest = hashlib.sha256(draft.image or b"").hexdigest()[:32]
    return f"{picture_prefix(document_id)}/{digest}.{draft.image_ext or 'png'}"


def _box(draft: ChunkDraft) -> dict[str, float] | None:
    if draft.box is None:
        return None
    return {
        name: round(value, 2)
        for name, value in zip(("x0", "y0", "x1", "y1"), draft.box, strict=True)
    }


def handlers(extraction: Extraction) -> Mapping[type[TaskEvent], Handler]:
    """Return the handler for each event type of the extractor."""
    return {DocumentUploaded: Handler(load=load_source, handle=extraction.extract)}
