"""Citations, and the rule that none is shown which the cited passage does not bear out. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services.query.retrieval.passages import Passage


@dataclass(frozen=True, slots=True)
class Citation:
    """One claim's source: `quote` is literally in the passage's content."""

    index: int
    passage: Passage
    quote: str
    score: float

    def as_json(self) -> dict[str, Any]:
        """The citation as the API shows it."""
        passage = self.passage
        return {
            "index": self.index,
            "document_id": passage.document_id,
            "title": passage.title,
            "source": passage.source,
            "page": passage.page,
            "bbox": passage.bbox,
            "chunk_id": passage.chunk_id,
            "chunk_type": passage.chunk_type,
            "quote": self.quote,
            "score": round(self.score, 4),
        }


def is_verified(passage: Passage, quote: str) -> bool:
    """True if `quote` says something and stands word for word in the passage."""
    return bool(quote.strip()) and quote in passage.content


def cited(claims: Iterable[tuple[Passage, str, float]]) -> list[Citation]:
    """Citations numbered from 1 for those (passage, quote, score) that can be verified."""
    verified = [claim for claim in claims if is_verified(claim[0], claim[1])]
    return [
        Citation(index, passage, quote, score)
        for index, (passage, quote, score) in enumerate(verified, start=1)
    ]
