"""Recognises the text of a batch of pages, each stored by itself as soon as it is read.

An attempt goes on after the pages that earlier ones stored. A page that can't be recognised is
counted as unread and does not stop the others.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from services.extractor.chunk_rows import chunk_row, too_many_chunks
from services.extractor.recognition.base import Recogniser, UnknownLanguage, chosen_languages
from services.extractor.recognition.page_reader import PageReader, RecognisedPage
from shared.blobs.base import Blobs
from shared.domain.errors import (
    OutOfMemory,
    ParserCrash,
    PermanentError,
    ReaderFailure,
    ReadTimeout,
)
from shared.domain.events import TaskEvent, UnreadPagesFound
from shared.domain.stages import EMBED
from shared.ledger.steps import ClaimedTask, Step, new_task
from shared.ledger.writes import EndPage
from shared.repositories import chunks, documents, unread_pages
from shared.repositories.documents import StoredFile
from shared.worker.worker import Handler

# Seconds for both tries of a page: RabbitMQ takes back a delivery, of four pages, after 30 minutes.
_PAGE_S = 400.0

# Batches of chunks of recognised pages have numbers from here on; those of read pages are below.
FIRST_BATCH = 1_000_000


@dataclass(frozen=True)
class WaitingPage:
    """A page to recognise: its number, its rotation and the ordinal of its first chunk."""

    number: int
    turns: int
    first_ordinal: int


@dataclass(frozen=True)
class WaitingPages:
    """The pages of a task that are not stored yet, and how many chunks its others have."""

    source: StoredFile
    pages: Sequence[WaitingPage]
    chunks: int
    chunks_of_document: int


def load_pages(session: Session, task: ClaimedTask) -> WaitingPages:
    """Return the pages of the task."""
    found = unread_pages.of_batch(session, task.document_id, task.revision, task.batch)
    batch = FIRST_BATCH + task.batch
    return WaitingPages(
        documents.stored_file(session, task.document_id),
        [
            WaitingPage(one.page, one.turns, one.first_ordinal)
            for one in found
            if one.state == "unread"
        ],
        chunks=chunks.count_of_batch(session, task.document_id, task.revision, batch),
        chunks_of_document=documents.total_chunks(session, task.document_id),
    )


@dataclass(frozen=True)
class Recognition:
    """Recognises pages with an engine, in the usual languages joined by "+"; see `Extraction`."""

    pages: PageReader
    recogniser: Recogniser | None
    blobs: Blobs
    max_chunks: int
    languages: str

    async def recognise(self, task: ClaimedTask, given: WaitingPages) -> AsyncIterator[Step]:
        """Yield one step per page, and one that opens the embedding of all their chunks.

        TooLarge: the document has too many chunks.
        """
        path = await asyncio.to_thread(self.blobs.path, given.source.blob_key)
        made = 0
        for done, page in enumerate(given.pages, start=1):
            write = await self._page(task, given.source, path, page)
            made += len(write.rows)
            if given.chunks_of_document + made > self.max_chunks:
                raise too_many_chunks(self.max_chunks)
            yield Step(writes=[write], progress=100.0 * done / len(given.pages))
        batch = FIRST_BATCH + task.batch
        has_chunks = bool(given.chunks + made)
        yield Step(opens=[new_task(EMBED, batch)] if has_chunks else [], last=True)

    async def _page(
        self, task: ClaimedTask, source: StoredFile, path: Path, page: WaitingPage
    ) -> EndPage:
        values: dict[str, Any] = {"state": "failed"}
        try:
            if self.recogniser is None:
                raise UnknownLanguage
            languages = chosen_languages(self.recogniser, source.ocr_languages, self.languages)
            values |= {"engine": self.recogniser.name, "languages": "+".join(languages)}
            read = await self._read(self.recogniser, languages, path, source.file_type, page)
        except (ReaderFailure, PermanentError):
            return EndPage(page.number, values)
        rows = [
            chunk_row(
                task,
                draft,
                ordinal=page.first_ordinal + offset,
                batch=FIRST_BATCH + task.batch,
                source_file=source.file_name,
            )
            | {"ocr_confidence": read.confidence}
            for offset, draft in enumerate(read.chunks)
        ]
        values |= {"state": "read" if rows else "empty", "confidence": read.confidence}
        return EndPage(page.number, values, rows)

    async def _read(
        self,
        recogniser: Recogniser,
        languages: Sequence[str],
        path: Path,
        file_type: str,
        page: WaitingPage,
    ) -> RecognisedPage:
        """Read a page, once more if the engine ended: the system may have killed it.

        ReadTimeout: it was not read within `_PAGE_S`.
        """
        given = (recogniser, languages, path, file_type, page.number, page.turns)
        try:
            async with asyncio.timeout(_PAGE_S):
                with contextlib.suppress(ParserCrash, OutOfMemory):
                    return await self.pages.read(*given)
                return await self.pages.read(*given)
        except TimeoutError:
            raise ReadTimeout from None


def handlers(recognition: Recognition) -> Mapping[type[TaskEvent], Handler]:
    """Return the handler for each event type of the recogniser."""
    return {UnreadPagesFound: Handler(load=load_pages, handle=recognition.recognise)}
