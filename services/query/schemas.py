"""HTTP shapes of the query service: requests, then answers.

Requests with unknown fields are refused, so that a misspelt filter is not ignored. Passages and
citations are returned in the shape in which they are defined.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from services.query.answers.citations import Citation, Claim
from services.query.answers.llm.base import Reason
from services.query.metadata_filter import (
    MAX_KEYS,
    MAX_TEXT,
    MAX_VALUES,
    Condition,
    storable,
)
from services.query.retrieval.passages import ChunkType, Passage
from shared.domain.status import CHUNK_TYPES, AnswerState, Grounding, Mode
from shared.repositories.scope import Scope

# Characters; far longer than any question, and encoders cut what exceeds their limit.
MAX_QUERY = 4_000
# Passages in one response.
MAX_PASSAGES = 100

Feedback = Literal["positive", "negative", "neutral"]
Reranked = Annotated[
    int,
    Field(
        description="Chunks that were scored again by their phrases, closeness, headings and rows"
    ),
]


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text.strip()


def _as_list(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("is out of range") from None


Word = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(storable)]
Words = Annotated[list[Word], Field(max_length=MAX_VALUES), BeforeValidator(_as_list)]
Moment = Annotated[datetime, AfterValidator(_in_utc)]


class Filters(BaseModel):
    """Restricts the documents: all filters must match, and a list matches any of its values."""

    model_config = ConfigDict(extra="forbid")

    collection: Words = Field([], examples=["default"])
    file_type: Words = Field([], examples=["pdf"])
    metadata: dict[Word, Condition] = Field(
        {},
        max_length=MAX_KEYS,
        description="For each key the value, a list of values, or operators; all keys must match",
        examples=[
            {
                "department": ["quality", "production"],
                "year": {"gte": 2020, "lt": 2024},
                "state": {"ne": "draft"},
                "owner": {"exists": True},
            }
        ],
    )
    chunk_types: list[ChunkType] = Field([], examples=[["text", "table"]])
    created_after: Moment | None = Field(None, description="Uploaded at this time or later")
    created_before: Moment | None = Field(None, description="Uploaded before this time")


class RetrieveRequest(BaseModel):
    """A question and the documents to search."""

    model_config = ConfigDict(extra="forbid")

    query: Annotated[
        str, Field(max_length=MAX_QUERY), AfterValidator(storable), AfterValidator(_not_blank)
    ] = Field(examples=["How long is a calibration certificate valid?"])
    top_k: int | None = Field(
        None, ge=1, le=MAX_PASSAGES, description="Most passages; by default the server's setting"
    )
    document_ids: list[Word] | None = Field(
        None, max_length=1_000, description="Search these documents only; empty: all"
    )
    filters: Filters | None = None
    include_images: bool = True
    include_tables: bool = True
    explain: bool = Field(False, description="Say of each passage why it was found")

    def scope(self) -> Scope:
        """Return the documents and chunks that this question may be answered from."""
        filters = self.filters or Filters()
        types = set(filters.chunk_types or CHUNK_TYPES)
        types -= set() if self.include_images else {"image"}
        types -= set() if self.include_tables else {"table"}
        return Scope(
            types=tuple(kind for kind in CHUNK_TYPES if kind in types),
            document_ids=tuple(self.document_ids or ()),
            collections=tuple(filters.collection),
            file_types=tuple(kind.lower().lstrip(".") for kind in filters.file_type),
            metadata=filters.metadata,
            created_after=filters.created_after,
            created_before=filters.created_before,
        )


class PictureRequest(BaseModel):
    """What the pictures show: in words, or as the picture of another chunk."""

    model_config = ConfigDict(extra="forbid")

    query: (
        Annotated[
            str, Field(max_length=MAX_QUERY), AfterValidator(storable), AfterValidator(_not_blank)
        ]
        | None
    ) = Field(None, examples=["a freezer with an open door"])
    like: Word | None = Field(
        None, description="Id of an image chunk: find pictures like its own, instead of `query`"
    )
    top_k: int | None = Field(
        None, ge=1, le=MAX_PASSAGES, description="Most pictures; by default the server's setting"
    )
    document_ids: list[Word] | None = Field(
        None, max_length=1_000, description="Search these documents only; empty: all"
    )
    filters: Filters | None = None

    @model_validator(mode="after")
    def _has_one(self) -> PictureRequest:
        if (self.query is None) == (self.like is None):
            raise ValueError("Give either `query` or `like`.")
        return self

    def scope(self) -> Scope:
        """Return the documents whose pictures are searched."""
        asked = RetrieveRequest(
            query="pictures", document_ids=self.document_ids, filters=self.filters
        )
        return replace(asked.scope(), types=("image",))


@dataclass(frozen=True, slots=True)
class PictureList:
    """The pictures that were found, best first, as passages of their chunks."""

    passages: list[Passage]
    compared: Annotated[
        bool,
        Field(
            description="Whether pictures themselves were compared. False: the server has no model"
            " of pictures, so that only captions and the text around them were searched"
        ),
    ]
    waiting: Annotated[
        int, Field(description="Pictures that were not compared yet; ask again in a moment")
    ]
    latency_ms: float


class QueryRequest(RetrieveRequest):
    """A question to answer."""

    stream: bool = Field(False, description="Answer with server-sent events")
    mode: Mode | None = Field(
        None, description="extractive: quotes only; by default the language model words the answer"
    )
    conversation_id: Word | None = Field(
        None, description="Ask as the next turn of this conversation"
    )


class FeedbackRequest(BaseModel):
    """The rating of an answer."""

    model_config = ConfigDict(extra="forbid")

    feedback: Feedback


SimilarWords = Annotated[
    Mapping[str, Sequence[str]],
    Field(
        description="Words of the question that no document has, and those searched instead",
        examples=[{"calibratoin": ["calibration"]}],
    ),
]


@dataclass(frozen=True, slots=True)
class PassageList:
    """The passages that were found, best first."""

    query_id: str
    passages: list[Passage]
    chunks_retrieved: int
    chunks_reranked: Reranked
    similar_words: SimilarWords
    latency_ms: float


@dataclass(frozen=True, slots=True)
class ModelUse:
    """The language model that worded an answer, and what that took."""

    name: str
    prompt_tokens: Annotated[int, Field(description="Tokens it read; estimated if it gives none")]
    completion_tokens: int
    cost: Annotated[float, Field(description="By the prices of the server's settings")]
    first_token_ms: float | None


@dataclass(slots=True, kw_only=True)
class AnswerView:
    """An answer. `[n]` behind a sentence is the citation with that index."""

    query_id: str
    response: str
    citations: list[Citation]
    claims: Annotated[list[Claim], Field(description="The statements of `response`, in order")]
    nearest: Annotated[
        list[Passage], Field(description="If not answered, the nearest passages; no citations")
    ]
    passages: Annotated[
        list[Passage] | None,
        Field(description="The passages that were searched for an answer, if `explain` is set"),
    ]
    chunks_retrieved: int
    chunks_reranked: Reranked
    similar_words: SimilarWords
    latency_ms: float = 0.0
    answered: Annotated[bool, Field(description="False: the documents do not answer it")]
    grounding: Annotated[
        Grounding,
        Field(
            description="cited: it has citations; ungrounded: the language model gave none that"
            " can be checked; abstained: `response` says that the documents do not answer"
        ),
    ]
    mode: Annotated[
        Mode,
        Field(description="extractive: quotes; generative: worded by the language model"),
    ]
    fallback: Annotated[
        Reason | None,
        Field(description="Why the answer is extractive although a language model is set"),
    ] = None
    state: Annotated[
        AnswerState,
        Field(description="stopped: on request; failed: the language model broke off"),
    ] = "completed"
    failure: Annotated[
        Reason | None, Field(description="Why the language model broke off, if state is failed")
    ] = None
    model: Annotated[ModelUse | None, Field(description="null: extractive")] = None
    conversation_id: str | None = None
    turn: Annotated[int | None, Field(description="Number of the turn in its conversation")] = None
    searched_for: Annotated[
        str | None,
        Field(description="The question as it was searched for, if it follows an earlier one"),
    ] = None
    # `response` in the pieces that a stream sends; not shown.
    pieces: Annotated[list[str], Field(exclude=True)] = dataclass_field(default_factory=list)


class FeedbackView(FeedbackRequest):
    """The stored rating of an answer."""

    query_id: str


class LogView(BaseModel):
    """One logged question."""

    model_config = ConfigDict(from_attributes=True)

    query_id: str
    conversation_id: str | None
    turn: int | None
    query_text: str
    response_text: str | None
    document_ids_used: list[str]
    chunks_retrieved: int
    chunks_reranked: Reranked
    answered: bool = Field(description="For a search: whether it found a passage")
    state: AnswerState = Field(description="running: it is being answered now")
    mode: Mode | None = Field(description="How it was answered; null: a search for passages")
    grounding: Grounding | None
    citations: list[Citation] | None
    claims: list[Claim] | None
    fallback: Reason | None = Field(description="Why the language model gave no whole answer")
    model: str | None
    prompt_tokens: int
    completion_tokens: int
    cost: float
    response_latency_ms: float
    user_feedback: Feedback | None
    created_at: datetime


class LogPage(BaseModel):
    """Questions, newest first; `next_cursor` is None on the last page."""

    logs: list[LogView]
    next_cursor: str | None
    total: int = Field(description="Questions on all pages")


class Latency(BaseModel):
    """Milliseconds over the newest questions of the period; None if there were none."""

    mean: float | None
    p50: float | None
    p95: float | None
    p99: float | None


class Unanswered(BaseModel):
    """A question without an answer."""

    query_text: str
    count: int
    last_asked_at: datetime


class Analytics(BaseModel):
    """Counts of the questions of a period."""

    total: int
    answered: int
    unanswered: int
    feedback: dict[str, int] = Field(examples=[{"positive": 3, "negative": 1, "neutral": 0}])
    latency_ms: Latency
    unanswered_questions: list[Unanswered] = Field(description="Most frequent first")


class StopView(BaseModel):
    """An answer that was asked to stop; its stream ends with what there is."""

    query_id: str


class ModelView(BaseModel):
    """The language model that words answers, and whether it can be reached now."""

    configured: bool
    name: str | None = None
    reachable: bool | None = None
    reason: Reason | None = Field(None, description="Why it can't be reached")
    has_model: bool | None = Field(
        None, description="Whether the endpoint lists the model; null: it lists none"
    )
    latency_ms: float | None = Field(None, description="Of a request for the list of models")
    first_token_ms: float | None = Field(None, description="Of a short answer, if one was asked")
