"""Makes the rows of chunks; the same chunk of a revision always gets the same id."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from services.extractor.document import ChunkDraft
from shared.blobs.base import picture_prefix
from shared.domain.errors import TooLarge
from shared.domain.versions import READER_VERSION
from shared.ledger.steps import ClaimedTask
from shared.text import chunk_sentences

# Ordinals that are left free for each page without text, whose chunks are made later. A page of the
# smallest print has about fifty.
PAGE_ORDINALS = 1_000
_NAMESPACE = uuid.UUID("c1b9a5d2-7f4e-4b8e-9a35-2f6f0f6f5a10")


def chunk_row(
    task: ClaimedTask, draft: ChunkDraft, *, ordinal: int, batch: int, source_file: str
) -> dict[str, Any]:
    """Return the row of a chunk of the task's revision."""
    return {
        "chunk_id": chunk_id_for(task.document_id, task.revision, ordinal),
        "document_id": task.document_id,
        "revision": task.revision,
        "batch": batch,
        "ordinal": ordinal,
        "content": draft.content,
        "chunk_type": draft.chunk_type,
        "token_count": draft.token_count,
        "text_hash": hashlib.sha256(draft.content.encode()).hexdigest(),
        "page_num": draft.page_num,
        "box": _box(draft),
        "section": draft.section,
        "sentences": chunk_sentences.encode(draft.sentences),
        "source_file": source_file,
        "image_path": picture_key(task.document_id, draft) if draft.image else None,
    }


def chunk_id_for(document_id: str, revision: int, ordinal: int) -> str:
    """Return the deterministic id (UUID 5) of the chunk with an ordinal of a revision."""
    name = f"{document_id}/{revision}/{ordinal}/{READER_VERSION}"
    return str(uuid.uuid5(_NAMESPACE, name))


def picture_key(document_id: str, draft: ChunkDraft) -> str:
    """Return the blob key of a chunk's picture: its content hash in the document's folder."""
    digest = hashlib.sha256(draft.image or b"").hexdigest()[:32]
    return f"{picture_prefix(document_id)}/{digest}.{draft.image_ext or 'png'}"


def too_many_chunks(most: int) -> TooLarge:
    """Return the error of a document with more than `most` chunks."""
    return TooLarge(
        f"The text of the document has more than {most:,} passages, which is more than this server"
        " accepts. Split it and upload the parts."
    )


def _box(draft: ChunkDraft) -> dict[str, float] | None:
    if draft.box is None:
        return None
    return {
        name: round(value, 2)
        for name, value in zip(("x0", "y0", "x1", "y1"), draft.box, strict=True)
    }
