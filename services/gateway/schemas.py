"""What the gateway takes and answers, as its clients see it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from shared.domain.stages import PROGRESS_STAGES

EXAMPLE_ID = "3f2b8c1e-6a54-4d0b-9b1a-2f7c5e8d9a10"
MOST_TITLE = 500
MOST_DESCRIPTION = 10_000


def _without_null(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain NUL characters")
    return text


Line = Annotated[str, Field(max_length=MOST_TITLE), AfterValidator(_without_null)]
Prose = Annotated[str, Field(max_length=MOST_DESCRIPTION), AfterValidator(_without_null)]
Collection = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,127}$", examples=["default"])]


class ProcessingError(BaseModel):
    """Why a document failed: a code of the closed list, where, and a sentence for its owner."""

    code: str = Field(examples=["encrypted"])
    stage: str = Field(examples=["reading"])
    message: str


class DocumentView(BaseModel):
    """One document. Counts and progress are of `revision`."""

    document_id: str = Field(examples=[EXAMPLE_ID])
    title: str
    description: str
    file_name: str = Field(examples=["handbook.pdf"])
    file_size: int = Field(description="Bytes")
    file_type: str = Field(examples=["pdf"])
    sha256: str
    collection: str
    metadata: dict[str, Any]
    status: str = Field(examples=["processing"])
    revision: int
    progress: float = Field(description="0 to 100")
    page_count: int | None
    pages_read: int
    total_chunks: int
    indexed_chunks: int
    text_chunks: int
    table_chunks: int
    image_chunks: int
    composite_chunks: int
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    processed_at: datetime | None
    processing_time_seconds: float | None
    error: ProcessingError | None
    task_id: str = Field(description="The task that reads the document")


class UploadedDocument(DocumentView):
    """A document that was just sent; `duplicate_of` names the one that had the same bytes."""

    duplicate_of: str | None = None


class UploadedDocuments(BaseModel):
    """The answer to several files, in the order they were sent."""

    documents: list[UploadedDocument]


class DocumentPage(BaseModel):
    """Some documents, newest first."""

    documents: list[DocumentView]
    total: int = Field(description="Documents that match the filters, on all pages")
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page")


class DocumentChange(BaseModel):
    """What may be changed of a document."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"title": "Handbook"}})

    title: Line | None = None
    description: Prose | None = None

    @model_validator(mode="after")
    def _says_something(self) -> DocumentChange:
        if not self.changes():
            raise ValueError("send a title or a description")
        return self

    def changes(self) -> dict[str, str]:
        """The texts that were sent."""
        return self.model_dump(exclude_none=True)


class Box(BaseModel):
    """Points from the top left corner of the page as it is shown."""

    x0: float
    y0: float
    x1: float
    y1: float


class ChunkView(BaseModel):
    """One passage of a document."""

    chunk_id: str
    ordinal: int
    chunk_type: str = Field(examples=["text"])
    content: str
    page: int | None
    bbox: Box | None
    section: str
    token_count: int
    is_indexed: bool
    picture: str | None = Field(description="Address of the picture, for images")


class ChunkPage(BaseModel):
    """Some passages of one revision, in reading order."""

    document_id: str
    revision: int
    chunks: list[ChunkView]
    next_cursor: str | None


class TaskView(BaseModel):
    """One unit of work on a document."""

    task_id: str
    task_type: str = Field(examples=["extract"])
    revision: int
    batch: int
    status: str
    progress: float
    current_step: str
    total_steps: int
    attempt: int
    strict: bool
    celery_task_id: str | None = Field(description="The Celery message that worked on it, if any")
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    error_code: str | None
    error_message: str | None


class TaskList(BaseModel):
    """Tasks of a document, in the order they were opened."""

    document_id: str
    tasks: list[TaskView]


class Stage(BaseModel):
    """How far one stage is; `total` is null while it is unknown."""

    done: int
    total: int | None


class Stages(BaseModel):
    """Pages for reading, passages for the others."""

    reading: Stage
    embedding: Stage
    indexing: Stage


class ProcessingStatus(BaseModel):
    """How the work on a document goes."""

    document_id: str = Field(examples=[EXAMPLE_ID])
    task_id: str
    status: str = Field(examples=["processing"])
    revision: int
    progress: float = Field(description="0 to 100, never falls within a revision")
    current_step: str = Field(examples=["embedding"])
    total_steps: int = len(PROGRESS_STAGES)
    stages: Stages
    page_count: int | None
    pages_read: int
    total_chunks: int
    text_chunks: int
    table_chunks: int
    image_chunks: int
    composite_chunks: int
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    eta_seconds: float | None = Field(description="Seconds to go at the pace so far")
    error: ProcessingError | None
