"""The writes of steps; each may be applied twice and counts only rows that are new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from shared.domain.events import ChunksIndexed
from shared.domain.versions import READER_VERSION
from shared.ledger import lifecycle
from shared.ledger.steps import ClaimedTask, Written
from shared.repositories import blob_removals, chunks, documents, unread_pages


@dataclass(frozen=True)
class SaveChunks:
    """Stores a batch of new chunks, given as rows of the `chunks` table."""

    rows: Sequence[Mapping[str, Any]]

    def apply(self, session: Session, task: ClaimedTask) -> Written:
        new = chunks.create_many(session, self.rows)
        by_type = Counter(f"{chunk_type}_chunks" for chunk_type in new)
        return Written(len(new), increments={**by_type, "total_chunks": len(new)})


@dataclass(frozen=True)
class NotePages:
    """Stores the number of pages read; `page_count` is None while unknown."""

    pages_read: int
    page_count: int | None

    def apply(self, session: Session, task: ClaimedTask) -> Written:
        return Written(values={"pages_read": self.pages_read, "page_count": self.page_count})


@dataclass(frozen=True)
class SaveUnreadPages:
    """Stores pages without readable text, given as rows of the `unread_pages` table."""

    rows: Sequence[Mapping[str, Any]]

    def apply(self, session: Session, task: ClaimedTask) -> Written:
        unread_pages.create_many(session, self.rows)
        return Written()


@dataclass(frozen=True)
class EndExtraction:
    """Stores the number of chunks when reading ends, and the unread pages by reason.

    `pages_to_recognise` is the number of those that wait for text recognition.
    """

    extracted_chunks: int
    pages_unread: Mapping[str, int] | None = None
    pages_to_recognise: int = 0

    def apply(self, session: Session, task: ClaimedTask) -> Written:
        if self.pages_unread:
            documents.note_unread_pages(
                session, task.document_id, task.revision, dict(self.pages_unread)
            )
        return Written(
            values={
                "extracted_chunks": self.extracted_chunks,
                "pages_to_recognise": self.pages_to_recognise,
                "reader_version": READER_VERSION,
            }
        )


@dataclass(frozen=True)
class EndPage:
    """Stores what text recognition made of a page, and its chunks as rows of their table.

    `values` are columns of the `unread_pages` table.
    """

    page: int
    values: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]] = ()

    def apply(self, session: Session, task: ClaimedTask) -> Written:
        if not unread_pages.end(session, task.document_id, task.revision, self.page, self.values):
            return Written()
        saved = SaveChunks(self.rows).apply(session, task)
        more = {"pages_recognised": 1, "extracted_chunks": len(self.rows)}
        return Written(saved.chunks, increments={**saved.increments, **more})


@dataclass(frozen=True)
class SaveVectors:
    """Stores vectors (little-endian float32) and hashes of the encoded texts, both by chunk id."""

    vectors: Mapping[str, bytes]
    hashes: Mapping[str, str]
    encoder: str

    def apply(self, session: Session, task: ClaimedTask) -> Written:
        chunks.save_vectors(session, self.vectors, self.hashes, self.encoder)
        return Written(len(self.vectors))


@dataclass(frozen=True)
class MarkIndexed:
    """Marks chunks as stored in the index."""

    chunk_ids: Sequence[str]

    def apply(self, session: Session, task: ClaimedTask) -> Written:
        marked = chunks.mark_many_indexed(session, self.chunk_ids)
        indexed = ChunksIndexed(
            document_id=task.document_id,
            revision=task.revision,
            correlation_id=task.correlation_id,
            batch=task.batch,
        )
        return Written(
            marked, increments={"indexed_chunks": marked}, events=[indexed] if marked else []
        )


@dataclass(frozen=True)
class RetireChunks:
    """Deletes the chunks of older revisions after their removal from the index."""

    below_revision: int

    def apply(self, session: Session, task: ClaimedTask) -> Written:
        chunks.remove_of_document(session, task.document_id, below_revision=self.below_revision)
        unread_pages.remove_of_document(
            session, task.document_id, below_revision=self.below_revision
        )
        return Written()


@dataclass(frozen=True)
class ClearDocument:
    """Deletes a document's chunks and clears the content of its row."""

    def apply(self, session: Session, task: ClaimedTask) -> Written:
        removed = chunks.remove_of_document(session, task.document_id)
        unread_pages.remove_of_document(session, task.document_id)
        lifecycle.end_removal(session, task.document_id, chunks=removed)
        return Written()


@dataclass(frozen=True)
class MarkBlobRemoval:
    """Marks a blob for removal by `owner` unless another document uses it."""

    blob_key: str
    owner: str

    def apply(self, session: Session, task: ClaimedTask) -> Written:
        blob_removals.mark_unreferenced(session, self.blob_key, self.owner)
        return Written()


@dataclass(frozen=True)
class ClearBlobRemoval:
    """Clears the owner's mark of a removed blob, so that the same bytes can be uploaded."""

    blob_key: str
    owner: str

    def apply(self, session: Session, task: ClaimedTask) -> Written:
        blob_removals.clear(session, self.blob_key, self.owner)
        return Written()
