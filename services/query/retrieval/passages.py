"""What retrieval hands on: passages as they can be shown and quoted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Passage:
    """One chunk that was found. `box` is in points from the page's upper left corner."""

    chunk_id: str
    document_id: str
    ordinal: int
    content: str
    chunk_type: str
    text_hash: str
    title: str
    source: str
    page: int | None
    box: Mapping[str, float] | None
    section: str
    has_picture: bool
    score: float
    scores: Mapping[str, float] = field(default_factory=dict)

    @property
    def bbox(self) -> dict[str, Any] | None:
        """Where it stands: page and corners; None where that is not known."""
        if not self.box:
            return None
        return {"page": self.page, **{name: self.box[name] for name in ("x0", "y0", "x1", "y1")}}

    @property
    def picture(self) -> str | None:
        """Where its picture can be had."""
        if not self.has_picture:
            return None
        return f"/api/v1/documents/{self.document_id}/chunks/{self.chunk_id}/picture"
