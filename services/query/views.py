"""What the query service answers, as its clients see it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.query.schemas import EXAMPLE_ID, ChunkType, Feedback, FeedbackRequest


class Box(BaseModel):
    """Where a passage stands, in points from the upper left corner of its page."""

    page: int | None
    x0: float
    y0: float
    x1: float
    y1: float


class PassageView(BaseModel):
    """One passage. `score` is comparable within one answer."""

    content: str
    score: float
    scores: dict[str, float] = Field(examples=[{"dense": 0.71}])
    document_id: str = Field(examples=[EXAMPLE_ID])
    title: str
    source: str = Field(description="The file it was uploaded as", examples=["handbook.pdf"])
    page: int | None
    bbox: Box | None
    chunk_id: str
    chunk_type: ChunkType
    section: str
    picture: str | None = Field(description="Where the picture of an image chunk can be had")


class Passages(BaseModel):
    """What was found, best first."""

    query_id: str
    passages: list[PassageView]
    chunks_retrieved: int
    latency_ms: float


class CitationView(BaseModel):
    """What a sentence of the answer rests on; `quote` is literally in the document."""

    index: int
    document_id: str = Field(examples=[EXAMPLE_ID])
    title: str
    source: str
    page: int | None
    bbox: Box | None
    chunk_id: str
    chunk_type: ChunkType
    quote: str
    score: float


class AnswerView(BaseModel):
    """An answer. `[n]` behind a sentence is the citation with that index."""

    query_id: str
    response: str
    citations: list[CitationView]
    chunks_retrieved: int
    chunks_reranked: int
    latency_ms: float
    answered: bool = Field(description="False: the documents do not say")
    mode: Literal["extractive"] = Field(description="How the answer was made")


class FeedbackView(FeedbackRequest):
    """The feedback that is now noted."""

    query_id: str


class LogView(BaseModel):
    """One question that was asked."""

    model_config = ConfigDict(from_attributes=True)

    query_id: str
    query_text: str
    response_text: str | None
    document_ids_used: list[str]
    chunks_retrieved: int
    chunks_reranked: int
    answered: bool
    response_latency_ms: float
    user_feedback: Feedback | None
    created_at: datetime


class LogPage(BaseModel):
    """Questions, newest first; `next_cursor` is None on the last page."""

    logs: list[LogView]
    next_cursor: str | None


class Latency(BaseModel):
    """Milliseconds over the newest questions of the period; None if there were none."""

    mean: float | None
    p50: float | None
    p95: float | None
    p99: float | None


class Unanswered(BaseModel):
    """A question that nothing answered."""

    query_text: str
    count: int
    last_asked_at: datetime


class Analytics(BaseModel):
    """What was asked in a period."""

    total: int
    answered: int
    unanswered: int
    feedback: dict[str, int] = Field(examples=[{"positive": 3, "negative": 1, "neutral": 0}])
    latency_ms: Latency
    unanswered_questions: list[Unanswered] = Field(description="Most frequent first")
