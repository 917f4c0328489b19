"""The writes of steps; each may be applied twice and counts only rows that are new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from shared.domain.events import ChunksIndexed
from shared.ledger import lifecycle
from shared.ledger.steps import ClaimedTask, Written
from shared.repositories import blob_removals, chunks, documents


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
class EndExtraction:
    """Stores the final number of chunks when reading ends, and the unread pages by reason."""

    extracted_chunks: int
    pages_unread: Mapping[str, int] | None = None

    def apply(self, session: Session, task: ClaimedTask) -> Written:
        if self.pages_unread:
            documents.note_unread_pages(
                session, task.document_id, task.revision, dict(self.pages_unread)
            )
        return Written(values={"extracted_chunks": self.extracted_chunks})


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
        return Written()


@dataclass(frozen=True)
class ClearDocument:
    """Deletes a document's chunks and clears the content of its row."""

    def apply(self, session: Session, task: ClaimedTask) -> Written:
        chunks.remove_of_document(session, task.document_id)
        lifecycle.end_removal(session, task.document_id)
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
