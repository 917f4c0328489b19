"""Handles uploaded documents: stores chunks batch by batch, so that first pages are found early.

A repeated attempt yields the same chunks and batches with the same ids.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from services.extractor.chunk_rows import (
    PAGE_ORDINALS,
    chunk_row,
    picture_key,
    too_many_chunks,
)
from services.extractor.document import (
    Batch,
    ChunkDraft,
    ReaderLimits,
    ReadOptions,
    Totals,
    UnreadPage,
)
from services.extractor.members import Members
from services.extractor.sandbox.sandbox import Sandbox
from shared.blobs.base import Blobs
from shared.domain.events import DocumentUploaded, TaskEvent
from shared.domain.file_types import BY_NAME
from shared.domain.stages import EMBED, RECOGNISE
from shared.ledger.steps import ClaimedTask, NewTask, Step, Write, new_task
from shared.ledger.writes import EndExtraction, NotePages, SaveChunks, SaveUnreadPages
from shared.repositories import documents, families
from shared.repositories.documents import StoredFile
from shared.repositories.families import Family
from shared.worker.worker import Handler

PAGES_PER_TASK = 4  # that recognise text: some seconds of work, and each page is stored by itself


@dataclass(frozen=True)
class Given:
    """The original of a document; `family` is set if the files in it become documents."""

    source: StoredFile
    family: Family | None = None


def load_source(session: Session, task: ClaimedTask) -> Given:
    """Return the source file of the task's document."""
    source = documents.stored_file(session, task.document_id)
    kind = BY_NAME.get(source.file_type)
    has_members = kind is not None and kind.has_members
    return Given(source, families.of_document(session, task.document_id) if has_members else None)


@dataclass(frozen=True)
class Extraction:
    """Extracts documents with given blob storage, sandbox and chunk sizes in tokens.

    `limits` bound the files in an archive or e-mail.
    `recognises` says whether the text of pages that are pictures is recognised after that.
    """

    blobs: Blobs
    sandbox: Sandbox
    tokenizer_path: Path
    chunk_tokens: int
    overlap_tokens: int
    max_chunks: int
    limits: ReaderLimits
    recognises: bool = False

    async def extract(self, task: ClaimedTask, given: Given) -> AsyncIterator[Step]:
        """Yield one step per batch of chunks; the last one records the number of chunks.

        Before that, each file in the document that becomes one of its own has a step.

        TooLarge: the document has too many chunks.
        """
        source = given.source
        path = await asyncio.to_thread(self.blobs.path, source.blob_key)
        builder = StepBuilder(
            task, source.file_name, max_chunks=self.max_chunks, recognises=self.recognises
        )
        options, ends = self._options(task, source), []
        async with aclosing(self.sandbox.read(path, options)) as batches:
            async for batch in batches:
                await asyncio.to_thread(self._keep_pictures, task, batch)
                if batch.done and given.family is not None:
                    members = Members(task, given.family, self.sandbox, self.blobs, self.limits)
                    async with aclosing(members.steps(path, options)) as steps:
                        async for step in steps:
                            yield step
                    ends = members.writes
                yield builder.step(batch, ends)

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
    Pages without text are numbered with the chunks: their own chunks get the ordinals that are left
    free for them. With `recognises`, the last step opens the tasks that recognise their text.
    """

    def __init__(
        self, task: ClaimedTask, source_file: str, *, max_chunks: int, recognises: bool = False
    ) -> None:
        self._task = task
        self._max_chunks = max_chunks
        self._recognises = recognises
        self._source_file = source_file
        self._chunks = 0
        self._batches = 0
        self._unread: list[UnreadPage] = []

    def step(self, batch: Batch, more: Sequence[Write] = ()) -> Step:
        """Return the step that stores a batch and `more`, and opens the batch's embedding task.

        TooLarge: the document has more than `max_chunks` chunks.
        """
        if self._chunks + len(batch.chunks) > self._max_chunks:
            raise too_many_chunks(self._max_chunks)
        first = len(self._unread)
        self._unread += batch.unread
        rows = [self._row(draft, offset) for offset, draft in enumerate(batch.chunks)]
        self._chunks += len(rows)
        opens = [new_task(EMBED, self._batches)] if rows else []
        self._batches += len(opens)
        unread = [SaveUnreadPages(self._unread_rows(first))] if batch.unread else []
        if batch.totals:
            opens += self._recognition_tasks()
        return Step(
            writes=[
                SaveChunks(rows),
                *unread,
                NotePages(batch.pages_done, batch.page_count),
                *([self._end(batch.totals)] if batch.totals else []),
                *more,
            ],
            opens=opens,
            progress=100.0 * batch.pages_done / (batch.page_count or max(1, batch.pages_done)),
            result={"pages": batch.pages_done, "bad_pages": batch.bad_pages},
            last=batch.done,
        )

    def _end(self, totals: Totals) -> EndExtraction:
        waiting = len(self._unread) if self._recognises else 0
        return EndExtraction(self._chunks, dict(sorted(totals.unread.items())) or None, waiting)

    def _row(self, draft: ChunkDraft, offset: int) -> dict[str, Any]:
        number = self._chunks + offset
        return chunk_row(
            self._task,
            draft,
            ordinal=number + PAGE_ORDINALS * self._unread_before(number),
            batch=self._batches,
            source_file=self._source_file,
        )

    def _unread_before(self, chunk: int) -> int:
        """Return the number of unread pages before the n-th chunk, counted from 0."""
        return bisect_right(self._unread, chunk, key=lambda page: page.chunks_before)

    def _unread_rows(self, first: int) -> list[dict[str, Any]]:
        return [
            {
                "document_id": self._task.document_id,
                "revision": self._task.revision,
                "page": page.number,
                "reason": page.reason,
                "turns": page.turns,
                "batch": number // PAGES_PER_TASK,
                "first_ordinal": page.chunks_before + PAGE_ORDINALS * number,
            }
            for number, page in enumerate(self._unread[first:], first)
        ]

    def _recognition_tasks(self) -> list[NewTask]:
        tasks = range(0, len(self._unread), PAGES_PER_TASK) if self._recognises else ()
        return [new_task(RECOGNISE, start // PAGES_PER_TASK) for start in tasks]


def handlers(extraction: Extraction) -> Mapping[type[TaskEvent], Handler]:
    """Return the handler for each event type of the extractor."""
    return {DocumentUploaded: Handler(load=load_source, handle=extraction.extract)}
