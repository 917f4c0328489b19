"""The events that services exchange: frozen, named, versioned, with ids and never content.

A task event is a hint that a task waits in the ledger, so a lost, repeated, late or reordered one
does no harm. The routing key is the event's name. A field that a newer sender adds is ignored.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field


def _now() -> datetime:
    return datetime.now(UTC)


def _id() -> str:
    return str(uuid.uuid4())


class Event(BaseModel):
    """The fields of every event; `correlation_id` follows one upload through all services."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    name: ClassVar[str]

    event_id: str = Field(default_factory=_id)
    occurred_at: datetime = Field(default_factory=_now)
    correlation_id: str = ""
    document_id: str
    revision: int = 1


class TaskEvent(Event):
    """An event for a waiting task; a `bulk` one takes the lane that interactive events overtake."""

    task_id: str
    bulk: bool = False


class DocumentUploaded(TaskEvent):
    """A document, or a new revision of one, is stored and waits to be read."""

    name = "document.uploaded.v1"


class UnreadPagesFound(TaskEvent):
    """A batch of pages has no text that a parser can read and waits for its recognition."""

    name = "unread_pages.found.v1"
    batch: int


class ChunksCreated(TaskEvent):
    """A batch of chunks is stored and waits for its vectors."""

    name = "chunks.created.v1"
    batch: int


class ChunksEmbedded(TaskEvent):
    """A batch of chunks has its vectors and waits to be indexed."""

    name = "chunks.embedded.v1"
    batch: int


class ChunksIndexed(Event):
    """A batch of chunks is in the index; the chunks can be found if their revision is live."""

    name = "chunks.indexed.v1"
    batch: int


class DocumentDeletionRequested(TaskEvent):
    """A document is hidden from every answer and waits to be removed everywhere."""

    name = "document.deletion_requested.v1"


class RevisionSuperseded(TaskEvent):
    """Chunks of older revisions are no longer searched and wait to be removed."""

    name = "revision.superseded.v1"


class DocumentProgressed(Event):
    """The work on a document progressed; `progress` is 0 to 100 and never falls."""

    name = "document.progressed.v1"
    progress: float
    current_step: str


class DocumentIndexed(Event):
    """The document is complete: all its chunks are in the index; it has none if it has no text."""

    name = "document.indexed.v1"
    status: str
    total_chunks: int


class DocumentFailed(Event):
    """The document can't be processed; `error_code` is one of the API's error codes."""

    name = "document.failed.v1"
    error_code: str
    stage: str
    message: str


class DocumentCancelled(Event):
    """The work on a document is stopped at a user's request."""

    name = "document.cancelled.v1"


class DocumentChanged(Event):
    """The title, description, metadata or collection of a document changed."""

    name = "document.changed.v1"


class DocumentDeleted(Event):
    """The document is removed; only its id is left."""

    name = "document.deleted.v1"


EVENTS: dict[str, type[Event]] = {
    event.name: event
    for event in (
        DocumentUploaded,
        UnreadPagesFound,
        ChunksCreated,
        ChunksEmbedded,
        ChunksIndexed,
        DocumentDeletionRequested,
        RevisionSuperseded,
        DocumentProgressed,
        DocumentIndexed,
        DocumentFailed,
        DocumentCancelled,
        DocumentChanged,
        DocumentDeleted,
    )
}


def parse_event(name: str, body: bytes) -> Event:
    """Return a message's event, or raise KeyError (name) or pydantic.ValidationError (body)."""
    return EVENTS[name].model_validate_json(body)
