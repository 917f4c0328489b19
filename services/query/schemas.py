"""What the query service takes.

Unknown fields are refused: a filter that is misspelt must not silently be none.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from services.query.retrieval.scope import Scope
from shared.domain.status import CHUNK_TYPES

LONGEST_QUERY = 4_000
MOST_PASSAGES = 100
EXAMPLE_ID = "3f2b8c1e-6a54-4d0b-9b1a-2f7c5e8d9a10"
_EXACT = 2**53

ChunkType = Literal["text", "image", "table", "composite"]
Feedback = Literal["positive", "negative", "neutral"]


def _clean(text: str) -> str:
    """Without what databases can't store: NUL, and surrogates that are no characters."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


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


Word = Annotated[str, Field(max_length=256), AfterValidator(_clean)]
Number = Annotated[int, Field(ge=-_EXACT, le=_EXACT)] | Annotated[float, Field(allow_inf_nan=False)]
Scalar = bool | Number | Word
Words = Annotated[list[Word], Field(max_length=100), BeforeValidator(_as_list)]
Scalars = Annotated[list[Scalar], Field(min_length=1, max_length=100), BeforeValidator(_as_list)]
Moment = Annotated[datetime, AfterValidator(_in_utc)]


class Filters(BaseModel):
    """Which documents to look at; a list means any of its values, all filters must hold."""

    model_config = ConfigDict(extra="forbid")

    collection: Words = Field([], examples=["default"])
    file_type: Words = Field([], examples=["pdf"])
    metadata: dict[Word, Scalars] = Field(
        {}, max_length=20, examples=[{"department": ["quality", "production"]}]
    )
    chunk_types: list[ChunkType] = Field([], examples=[["text", "table"]])
    created_after: Moment | None = Field(None, description="This moment and later")
    created_before: Moment | None = Field(None, description="Earlier than this moment")


class RetrieveRequest(BaseModel):
    """A question, and where to look for passages."""

    model_config = ConfigDict(extra="forbid")

    query: Annotated[
        str, Field(max_length=LONGEST_QUERY), AfterValidator(_clean), AfterValidator(_not_blank)
    ] = Field(examples=["How long is a calibration certificate valid?"])
    top_k: int | None = Field(
        None, ge=1, le=MOST_PASSAGES, description="Most passages; by default the server's setting"
    )
    document_ids: list[Word] | None = Field(
        None, max_length=1_000, description="Look at these documents only; empty: at all"
    )
    filters: Filters | None = None
    include_images: bool = True
    include_tables: bool = True

    def scope(self) -> Scope:
        """What this question may be answered from."""
        filters = self.filters or Filters()
        types = set(filters.chunk_types or CHUNK_TYPES)
        types -= set() if self.include_images else {"image"}
        types -= set() if self.include_tables else {"table"}
        return Scope(
            types=tuple(kind for kind in CHUNK_TYPES if kind in types),
            document_ids=tuple(self.document_ids or ()),
            collections=tuple(filters.collection),
            file_types=tuple(kind.lower().lstrip(".") for kind in filters.file_type),
            metadata={key: tuple(values) for key, values in filters.metadata.items()},
            created_after=filters.created_after,
            created_before=filters.created_before,
        )


class QueryRequest(RetrieveRequest):
    """A question to be answered."""

    stream: bool = Field(False, description="Answer with server-sent events")


class FeedbackRequest(BaseModel):
    """Whether an answer helped."""

    model_config = ConfigDict(extra="forbid")

    feedback: Feedback
