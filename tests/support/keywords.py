"""Chunks for tests of the keyword index, and short ways to fill and ask it."""

from __future__ import annotations

from shared.domain.position import Position
from shared.keywords.base import KeywordChunk, KeywordIndex

ALL = ("text", "table", "image", "composite")


def chunk(chunk_id: str, content: str, document: str = "d1", **fields: str | int) -> KeywordChunk:
    given: dict = {"revision": 1, "collection": "default", "chunk_type": "text"} | fields
    context = {"title": "", "section": ""} | given
    return KeywordChunk(chunk_id=chunk_id, document_id=document, content=content, **context)


def fill(index: KeywordIndex, *chunks: KeywordChunk, seq: int = 1) -> None:
    index.put(chunks)
    index.commit(Position("epoch", seq))


def ids(index: KeywordIndex, question: str, k: int = 10, **scope) -> list[str]:
    found = index.search(question, k=k, types=scope.pop("types", ALL), **scope)
    return [hit.chunk_id for hit in found.hits]
