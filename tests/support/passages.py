"""Passages for tests of ranking and answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.query.retrieval.passages import Passage

_PLAIN = Passage(
    content="",
    score=1.0,
    scores={"dense": 1.0},
    document_id="d",
    title="",
    source="",
    page=1,
    bbox=None,
    chunk_id="c",
    chunk_type="text",
    section="",
    picture=None,
    explanation=None,
    ordinal=0,
    text_hash="",
)


def passage(content: str, **fields: Any) -> Passage:
    """Return a text passage; its hash is its content unless given."""
    return replace(_PLAIN, content=content, **{"text_hash": content, **fields})
