"""The writes of steps; each may be applied twice and counts only rows that are new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from shared.ledger.steps import ClaimedTask
from shared.repositories import blob_removals, chunks, documents


@dataclass(frozen=True)
class SaveChunks:
    """Stores a batch of new chunks, given as rows of the `chunks` table."""

    rows: Sequence[Mapping[str, Any]]

    def apply(self, session: Session, task: ClaimedTask) -> int:
        new = chunks.create_many(session, self.rows)
        documents.add_chunk_counts(session, task.document_id, new)
        return len(new)


@dataclass(frozen=True)
class NotePages:
    """Stores the number of pages read; `page_count` is None while unknown."""

    pages_read: int
    page_count: int | None

    def apply(self, session: Session, task: ClaimedTask) -> None:
        documents.note_pages(session, task.document_id, self.pages_read, self.page_count)


@dataclass(frozen=True)
class EndExtraction:
    """Stores the final number of chunks when reading ends."""

    total_chunks: int

    def apply(self, session: Session, task: ClaimedTask) -> None:
        documents.note_extracted(session, task.document_id, self.total_chunks)


@dataclass(frozen=True)
class SaveVectors:
    """Stores vectors by chunk id (little-endian float32) with the name of their encoder."""

    vectors: Mapping[str, bytes]
    encoder: str

    def apply(self, session: Session, task: ClaimedTask) -> int:
        chunks.save_vectors(session, self.vectors, self.encoder)
        return len(self.vectors)


@dataclass(frozen=True)
class MarkIndexed:
    """Marks chunks as stored in the index."""

    chunk_ids: Sequence[str]

    def apply(self, session: Session, task: ClaimedTask) -> int:
        marked = chunks.mark_many_indexed(session, self.chunk_ids)
        documents.add_indexed(session, task.document_id, marked)
        return marked


@dataclass(frozen=True)
class RetireChunks:
    """Deletes the chunks of older revisions after their removal from the index."""

    below_revision: int

    def apply(self, session: Session, task: ClaimedTask) -> None:
        chunks.remove_of_document(session, task.document_id, below_revision=self.below_revision)


@dataclass(frozen=True)
class ForgetDocument:
    """Deletes a document's chunks and clears its row except for id, state and times."""

    def apply(self, session: Session, task: ClaimedTask) -> None:
        chunks.remove_of_document(session, task.document_id)
        documents.set_status(
            session,
            task.document_id,
            "gone",
            title="",
            description="",
            file_name="",
            file_path="",
            sha256="",
            metadata_={},
            error_message=None,
            error_code=None,
            error_stage=None,
        )


@dataclass(frozen=True)
class MarkBlobRemoval:
    """Marks a blob for removal unless another document uses it."""

    blob_key: str

    def apply(self, session: Session, task: ClaimedTask) -> None:
        blob_removals.mark_unreferenced(session, self.blob_key)


@dataclass(frozen=True)
class ClearBlobRemoval:
    """Clears the mark of a removed blob, so that the same bytes can be uploaded."""

    blob_key: str

    def apply(self, session: Session, task: ClaimedTask) -> None:
        blob_removals.clear(session, self.blob_key)
