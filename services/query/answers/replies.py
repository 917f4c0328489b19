"""Outcomes as JSON and as server-sent events, without a detour: every question pays for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from services.query.answers.extractive import Answer
from services.query.retrieval.passages import Passage
from services.query.service import Outcome
from shared.http import sse


def passages_json(outcome: Outcome) -> bytes:
    """The body that `views.Passages` describes."""
    return orjson.dumps(
        {
            "query_id": outcome.query_id,
            "passages": [_passage(passage) for passage in outcome.passages],
            "chunks_retrieved": len(outcome.passages),
            "latency_ms": outcome.latency_ms,
        }
    )


def answer_json(outcome: Outcome) -> bytes:
    """The body that `views.AnswerView` describes."""
    return orjson.dumps(_answer(outcome, _answer_of(outcome)))


def answer_events(outcome: Outcome) -> Iterator[bytes]:
    """`citation` for each source, `chunk` for each piece of the text, `done` with the whole."""
    answer = _answer_of(outcome)
    for citation in answer.citations:
        yield sse.frame("citation", citation.as_json())
    for piece in answer.pieces:
        yield sse.frame("chunk", {"query_id": outcome.query_id, "text": piece})
    yield sse.frame("done", _answer(outcome, answer))


def _answer_of(outcome: Outcome) -> Answer:
    assert outcome.answer is not None
    return outcome.answer


def _answer(outcome: Outcome, answer: Answer) -> dict[str, Any]:
    return {
        "query_id": outcome.query_id,
        "response": answer.text,
        "citations": [citation.as_json() for citation in answer.citations],
        "chunks_retrieved": len(outcome.passages),
        "chunks_reranked": 0,
        "latency_ms": outcome.latency_ms,
        "answered": answer.answered,
        "mode": answer.mode,
    }


def _passage(passage: Passage) -> dict[str, Any]:
    return {
        "content": passage.content,
        "score": round(passage.score, 4),
        "scores": {name: round(score, 4) for name, score in passage.scores.items()},
        "document_id": passage.document_id,
        "title": passage.title,
        "source": passage.source,
        "page": passage.page,
        "bbox": passage.bbox,
        "chunk_id": passage.chunk_id,
        "chunk_type": passage.chunk_type,
        "section": passage.section,
        "picture": passage.picture,
    }
