"""Citations, whose quotes are checked against their passages. No I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.query.retrieval.passages import Box, ChunkType, DocumentId, Passage, Score


@dataclass(frozen=True, slots=True)
class Citation:
    """The source of one sentence of the answer; `quote` is literally in the document."""

    index: int
    document_id: DocumentId
    title: str
    source: str
    page: int | None
    bbox: Box | None
    chunk_id: str
    chunk_type: ChunkType
    quote: str
    score: Score


def is_verified(passage: Passage, quote: str) -> bool:
    """Return whether `quote` is not blank and occurs literally in the passage."""
    return bool(quote.strip()) and quote in passage.content


def cited(claims: Iterable[tuple[Passage, str, float]]) -> list[Citation]:
    """Return citations, numbered from 1, of the (passage, quote, score) that are verified."""
    verified = (claim for claim in claims if is_verified(claim[0], claim[1]))
    return [_citation(index, *claim) for index, claim in enumerate(verified, start=1)]


def _citation(index: int, passage: Passage, quote: str, score: float) -> Citation:
    return Citation(
        index=index,
        document_id=passage.document_id,
        title=passage.title,
        source=passage.source,
        page=passage.page,
        bbox=passage.bbox,
        chunk_id=passage.chunk_id,
        chunk_type=passage.chunk_type,
        quote=quote,
        score=score,
    )
