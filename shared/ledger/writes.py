"""The writes a step can carry. Each may be applied twice and counts only what it newly wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from shared.ledger.steps import ClaimedTask
from shared.repositories import blob_removals, chunks, documents


@dataclass(frozen=True)
class SaveChunks:
    """A batch of new chunks, as rows of the `chunks` table."""

    rows: Sequence[Mapping[str, Any]]

    def apply(self, session: Session, task: ClaimedTask) -> int:
        new = chunks.create_many(session, self.rows)
        documents.add_chunk_counts(session, task.document_id, new)
        return len(new)


@dataclass(frozen=True)
class NotePages:
    """How far reading got; `page_count` is None while unknown."""

    pages_read: int
    page_count: int | None

    def apply(self, session: Session, task: ClaimedTask) -> None:
        documents.note_pages(session, task.document_id, self.pages_read, self.page_count)


@dataclass(frozen=True)
class EndExtraction:
    """Reading is done: this many chunks there are, and no more will come."""

    total_chunks: int

    def apply(self, session: Session, task: ClaimedTask) -> None:
        documents.note_extracted(session, task.document_id, self.total_chunks)


@dataclass(frozen=True)
class SaveVectors:
    """Vectors by chunk id (little-endian float32) and the name of the encoder that made them."""

    vectors: Mapping[str, bytes]
    encoder: str

    def apply(self, session: Session, task: ClaimedTask) -> int:
        chunks.save_vectors(session, self.vectors, self.encoder)
        return len(self.vectors)


@dataclass(frozen=True)
class MarkIndexed:
    """These chunks can be found in the index."""

    chunk_ids: Sequence[str]

    def apply(self, session: Session, task: ClaimedTask) -> int:
        marked = chunks.mark_many_indexed(session, self.chunk_ids)
        documents.add_indexed(session, task.document_id, marked)
        return marked


@dataclass(frozen=True)
class RetireChunks:
    """Chunks of older revisions are gone from the index; drop their rows."""

    below_revision: int

    def apply(self, session: Session, task: ClaimedTask) -> None:
        chunks.remove_of_document(session, task.document_id, below_revision=self.below_revision)


@dataclass(frozen=True)
class ForgetDocument:
    """Leave nothing of a deleted document but its id and when it went."""

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
    """Marks the blob as being removed, unless another document has it."""

    blob_key: str

    def apply(self, session: Session, task: ClaimedTask) -> None:
        blob_removals.mark_unreferenced(session, self.blob_key)


@dataclass(frozen=True)
class ClearBlobRemoval:
    """The blob is gone; the same bytes may be uploaded again."""

    blob_key: str

    def apply(self, session: Session, task: ClaimedTask) -> None:
        blob_removals.clear(session, self.blob_key)
