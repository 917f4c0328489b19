"""Passages and candidates for tests of ranking and answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.query.retrieval.candidates import Candidate, PlainChunk
from services.query.retrieval.passages import Passage
from services.query.retrieval.plain_text import plain
from services.query.retrieval.row_keys import row_keys
from shared.repositories.live_chunks import LiveChunk

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


def live_chunk(content: str, **fields: Any) -> LiveChunk:
    """Return the row of a text chunk; its hash is its content unless given."""
    columns = {"chunk_id": "c", "document_id": "d", "ordinal": 0, "chunk_type": "text"}
    columns |= {"text_hash": content, "title": "", "source": "", "page": 1, "box": None}
    columns |= {"section": "", "has_picture": False}
    return LiveChunk(content=content, **{**columns, **fields})


def candidate(
    content: str, *, score: float = 1.0, cosine: float | None = None, **fields: Any
) -> Candidate:
    """Return the candidate of a text chunk."""
    row = live_chunk(content, **fields)
    chunk = PlainChunk(row, plain(content), row_keys(content), plain(f"{row.title} {row.section}"))
    return Candidate(chunk, score, {"dense": score if cosine is None else cosine})
