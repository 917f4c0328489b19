"""Files and vector stores as clients of OpenAI see them: documents and collections.

A field of OpenAI's API that this server has no equivalent for is refused, never ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Generic, Literal, Self, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.gateway.schemas.base import EXAMPLE_ID
from services.gateway.schemas.metadata import Metadata
from shared.database.schema import CollectionRow, Document
from shared.domain.status import READ, WORKING
from shared.repositories.collections import Tally

FileStatus = Literal["in_progress", "completed", "failed", "cancelled"]
MAX_NAME = 256
# Files of one request: all are attached in one transaction.
MAX_FILES = 100
_INVALID = frozenset({"corrupt", "bomb", "encrypted", "empty_file", "too_large", "too_many_pages"})

T = TypeVar("T", bound=BaseModel)


def status_of(status: str) -> FileStatus:
    """Return OpenAI's word for the state of a document."""
    if status in WORKING:
        return "in_progress"
    if status in READ:
        return "completed"
    return "cancelled" if status == "cancelled" else "failed"


def statuses_of(status: FileStatus) -> list[str]:
    """Return the states of documents that OpenAI has this word for."""
    of_word = {"in_progress": sorted(WORKING), "completed": sorted(READ)}
    return of_word.get(status, [status])


class Listed(BaseModel, Generic[T]):
    """A page of objects; the next one is `after` the last id."""

    object: Literal["list"] = "list"
    data: list[T]
    first_id: str | None
    last_id: str | None
    has_more: bool

    @classmethod
    def of(cls, found: Sequence[T], limit: int) -> Self:
        """Return the page of what was found; one more than `limit` says that there are more."""
        shown = list(found[:limit])
        ids: list[str] = [each.id for each in shown]  # type: ignore[attr-defined]
        return cls(
            data=shown,
            first_id=ids[0] if ids else None,
            last_id=ids[-1] if ids else None,
            has_more=len(found) > limit,
        )


class FileObject(BaseModel):
    """A document."""

    id: str = Field(examples=[EXAMPLE_ID])
    object: Literal["file"] = "file"
    bytes: int
    created_at: int
    filename: str
    purpose: Literal["assistants"] = "assistants"
    status: Literal["uploaded", "processed", "error"]
    status_details: str | None

    @classmethod
    def of(cls, row: Document) -> Self:
        status = status_of(row.status)
        words: dict[FileStatus, Literal["uploaded", "processed", "error"]] = {
            "in_progress": "uploaded",
            "completed": "processed",
        }
        return cls(
            id=row.document_id,
            bytes=row.file_size,
            created_at=int(row.created_at.timestamp()),
            filename=row.file_name,
            status=words.get(status, "error"),
            status_details=row.error_message,
        )


class Deleted(BaseModel):
    """An object that was deleted."""

    id: str
    object: Literal["file", "vector_store.deleted", "vector_store.file.deleted"]
    deleted: Literal[True] = True


class FileCounts(BaseModel):
    """Numbers of files by their state."""

    in_progress: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    total: int = 0

    @classmethod
    def of(cls, by_status: dict[str, int]) -> Self:
        counts = dict.fromkeys(cls.model_fields, 0)
        for status, number in by_status.items():
            counts[status_of(status)] += number
            counts["total"] += number
        return cls(**counts)


class VectorStore(BaseModel):
    """A collection."""

    id: str = Field(examples=["handbooks"])
    object: Literal["vector_store"] = "vector_store"
    created_at: int
    name: str = Field(description="The same as `id`: the name of the collection")
    usage_bytes: int = Field(description="Bytes of the files")
    file_counts: FileCounts
    status: Literal["in_progress", "completed"]
    last_active_at: int | None = None
    expires_after: None = None
    expires_at: None = None
    metadata: dict[str, str] = Field({}, description="Always empty: files have attributes")

    @classmethod
    def of(cls, row: CollectionRow, tally: Tally) -> Self:
        counts = FileCounts.of(tally.documents)
        return cls(
            id=row.name,
            created_at=int(row.created_at.timestamp()),
            name=row.name,
            usage_bytes=tally.size,
            file_counts=counts,
            status="in_progress" if counts.in_progress else "completed",
        )


class LastError(BaseModel):
    """Why a file failed."""

    code: Literal["server_error", "unsupported_file", "invalid_file"]
    message: str


class StrategyView(BaseModel):
    """Chunks follow the structure of a document."""

    type: Literal["other"] = "other"


class StoreFile(BaseModel):
    """A document of a collection; attributes are its metadata."""

    id: str = Field(examples=[EXAMPLE_ID])
    object: Literal["vector_store.file"] = "vector_store.file"
    usage_bytes: int
    created_at: int
    vector_store_id: str
    status: FileStatus
    last_error: LastError | None
    chunking_strategy: StrategyView = StrategyView()
    attributes: dict[str, Any]

    @classmethod
    def of(cls, row: Document) -> Self:
        return cls(
            id=row.document_id,
            usage_bytes=row.file_size,
            created_at=int(row.created_at.timestamp()),
            vector_store_id=row.collection,
            status=status_of(row.status),
            last_error=_last_error(row),
            attributes=row.metadata_,
        )


class FileBatch(BaseModel):
    """Files that were attached with one request."""

    id: str
    object: Literal["vector_store.files_batch"] = "vector_store.files_batch"
    created_at: int
    vector_store_id: str
    status: Literal["in_progress", "completed", "cancelled", "failed"]
    file_counts: FileCounts


class TextContent(BaseModel):
    type: Literal["text"] = "text"
    text: str


class FileContent(BaseModel):
    """The text that was read of a file, chunk by chunk."""

    object: Literal["vector_store.file_content.page"] = "vector_store.file_content.page"
    data: list[TextContent]
    has_more: bool
    next_page: str | None = Field(description="Send it as `page` for what follows")


def _no_metadata(given: dict[str, Any] | None) -> dict[str, Any] | None:
    if given:
        raise ValueError("must be empty: a vector store has none, but its files have attributes")
    return given


class ChunkingStrategy(BaseModel):
    """How files are cut; only `auto`, because chunks follow the structure of each document."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["auto"]


FileIds = Annotated[list[UUID], Field(max_length=MAX_FILES)]


class StoreChange(BaseModel):
    """What a client may say of a store: its name, which can't be changed later."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"name": "Handbooks"}})

    name: str | None = Field(None, max_length=MAX_NAME)
    metadata: Annotated[dict[str, Any] | None, AfterValidator(_no_metadata)] = None
    expires_after: None = Field(None, description="Not supported: stores do not expire")


class NewStore(StoreChange):
    """A store, and the files that are attached to it."""

    file_ids: FileIds = []
    chunking_strategy: ChunkingStrategy | None = None


class AttachedFile(BaseModel):
    """A file to attach; without attributes it keeps its metadata."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"file_id": EXAMPLE_ID}}
    )

    file_id: UUID
    attributes: Metadata | None = None
    chunking_strategy: ChunkingStrategy | None = None


class AttributesChange(BaseModel):
    """The attributes that replace those of a file."""

    model_config = ConfigDict(extra="forbid")

    attributes: Metadata = Field(examples=[{"department": "finance"}])


class NewBatch(BaseModel):
    """Files to attach: by their ids with the same attributes, or each with its own."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"file_ids": [EXAMPLE_ID]}}
    )

    file_ids: FileIds | None = None
    files: Annotated[list[AttachedFile], Field(max_length=MAX_FILES)] | None = None
    attributes: Metadata | None = None
    chunking_strategy: ChunkingStrategy | None = None

    def attached(self) -> list[AttachedFile]:
        """Return the files, in their order."""
        ids = self.file_ids or []
        return self.files or [
            AttachedFile(file_id=each, attributes=self.attributes) for each in ids
        ]


def _last_error(row: Document) -> LastError | None:
    if row.status != "failed":
        return None
    code: Literal["server_error", "unsupported_file", "invalid_file"] = "server_error"
    if row.error_code == "unsupported_type":
        code = "unsupported_file"
    elif row.error_code in _INVALID:
        code = "invalid_file"
    return LastError(code=code, message=row.error_message or "")
