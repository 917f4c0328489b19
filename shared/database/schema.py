"""The tables: one schema for all services, on PostgreSQL and SQLite.

`ProcessingTask` is the ledger, the only record of work. A chunk can be found if and only if its
revision is its document's `live_revision`. Tables of principals and rights: `identities.py`; of
questions and conversations: `questions.py`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from shared.database import sql
from shared.database.declarative import Base, Id, Sha256, one_of
from shared.database.identities import (
    AuditEntry,
    CollectionRow,
    Grant,
    Group,
    GroupMember,
    Key,
    Principal,
    SessionRow,
)
from shared.database.questions import Conversation, QueryLog
from shared.database.sql import JsonType
from shared.domain.errors import ERROR_CODES
from shared.domain.stages import TASK_TYPES
from shared.domain.status import (
    CHUNK_TYPES,
    DOCUMENT_STATUSES,
    PAGE_STATES,
    TASK_STATUSES,
)

__all__ = [
    "AuditEntry",
    "Base",
    "BlobRemoval",
    "Chunk",
    "CollectionRow",
    "Conversation",
    "Document",
    "EventHistory",
    "EventRow",
    "Grant",
    "Group",
    "GroupMember",
    "IdempotencyRow",
    "Key",
    "Principal",
    "ProcessingTask",
    "QueryLog",
    "SessionRow",
    "UnreadPage",
]


class Document(Base):
    """One uploaded file. `file_path` is its blob's key; progress and counts are for `revision`.

    `pages_unread` counts pages without readable text by reason; NULL if all have some.
    `pages_recognised` counts those of the `pages_to_recognise` that passed text recognition.
    `reader_version` is that of `shared.domain.versions` by which it was read; NULL before that.
    `ocr_languages` has the document's own languages for that, joined by "+"; "" takes the setting.
    `parent_id` is the archive or e-mail that it is a file of, at `member_path`; `members_unread`
    are the files of its own that became no documents, by `shared.ledger.members`.
    """

    __tablename__ = "documents"

    document_id: Mapped[str] = mapped_column(Id, primary_key=True)
    title: Mapped[str] = mapped_column(Text, default="")
    description: Mapped[str] = mapped_column(Text, default="")
    file_name: Mapped[str] = mapped_column(Text, default="")
    file_path: Mapped[str] = mapped_column(Text, default="")
    file_size: Mapped[int] = mapped_column(BigInteger, default=0)
    file_type: Mapped[str] = mapped_column(String(16), default="")
    sha256: Mapped[str] = mapped_column(Sha256, default="")
    collection: Mapped[str] = mapped_column(String(128), default="default")
    parent_id: Mapped[str | None] = mapped_column(Id)
    member_path: Mapped[str] = mapped_column(Text, default="", server_default="")
    owner_id: Mapped[str | None] = mapped_column(Id)
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)
    correlation_id: Mapped[str] = mapped_column(String(64), default="")

    status: Mapped[str] = mapped_column(String(16), default="pending")
    revision: Mapped[int] = mapped_column(default=1)
    live_revision: Mapped[int | None] = mapped_column(default=1)
    progress: Mapped[float] = mapped_column(default=0.0)
    page_count: Mapped[int | None]
    pages_read: Mapped[int] = mapped_column(default=0)
    pages_unread: Mapped[dict[str, Any] | None]
    members_unread: Mapped[dict[str, Any] | None]
    pages_to_recognise: Mapped[int] = mapped_column(default=0, server_default="0")
    pages_recognised: Mapped[int] = mapped_column(default=0, server_default="0")
    reader_version: Mapped[int | None]
    ocr_languages: Mapped[str] = mapped_column(String(64), default="", server_default="")
    extracted_chunks: Mapped[int | None]
    indexed_chunks: Mapped[int] = mapped_column(default=0)
    text_chunks: Mapped[int] = mapped_column(default=0)
    image_chunks: Mapped[int] = mapped_column(default=0)
    table_chunks: Mapped[int] = mapped_column(default=0)
    composite_chunks: Mapped[int] = mapped_column(default=0)
    total_chunks: Mapped[int] = mapped_column(default=0)

    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=sql.now())
    started_at: Mapped[datetime | None]
    processed_at: Mapped[datetime | None]
    processing_time_seconds: Mapped[float | None]
    error_code: Mapped[str | None] = mapped_column(String(32))
    error_stage: Mapped[str | None] = mapped_column(String(16))
    error_message: Mapped[str | None] = mapped_column(Text)
    celery_task_id: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (
        CheckConstraint(one_of("status", DOCUMENT_STATUSES), name="status"),
        CheckConstraint(one_of("error_code", ERROR_CODES), name="error_code"),
        CheckConstraint(
            "status <> 'failed' OR (error_code IS NOT NULL AND error_stage IS NOT NULL"
            " AND error_message IS NOT NULL)",
            name="failed_has_reason",
        ),
        CheckConstraint("progress >= 0 AND progress <= 100", name="progress"),
        Index(
            "uq_documents_same_file",
            "collection",
            "sha256",
            unique=True,
            postgresql_where=text("status NOT IN ('deleting', 'gone')"),
            sqlite_where=text("status NOT IN ('deleting', 'gone')"),
        ),
        Index("ix_documents_status_created", "status", "created_at", "document_id"),
        Index("ix_documents_created", "created_at", "document_id"),
        Index("ix_documents_file_path", "file_path"),
        Index("ix_documents_collection", "collection", "created_at", "document_id"),
        Index("ix_documents_owner", "owner_id"),
        Index("ix_documents_parent", "parent_id"),
    )


class Chunk(Base):
    """One chunk of a document. `embedding_vector` is little-endian float32, L2-normalised.

    `text_hash` is that of the content, `vector_hash` that of the text that was encoded.
    `ocr_confidence` is 0 to 1, and NULL for text that was not recognised in a picture.
    """

    __tablename__ = "chunks"

    chunk_id: Mapped[str] = mapped_column(Id, primary_key=True)
    document_id: Mapped[str] = mapped_column(
        Id, ForeignKey("documents.document_id", ondelete="CASCADE")
    )
    revision: Mapped[int]
    batch: Mapped[int]
    ordinal: Mapped[int]
    content: Mapped[str] = mapped_column(Text)
    chunk_type: Mapped[str] = mapped_column(String(16))
    token_count: Mapped[int]
    text_hash: Mapped[str] = mapped_column(Sha256)
    page_num: Mapped[int | None]
    box: Mapped[dict[str, Any] | None]
    section: Mapped[str] = mapped_column(Text, default="")
    sentences: Mapped[list[Any] | None] = mapped_column(JsonType, deferred=True)
    source_file: Mapped[str] = mapped_column(Text, default="")
    image_path: Mapped[str | None] = mapped_column(Text)
    ocr_confidence: Mapped[float | None]
    embedding_vector: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    encoder: Mapped[str | None] = mapped_column(String(128))
    vector_hash: Mapped[str | None] = mapped_column(Sha256)
    is_indexed: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())

    __table_args__ = (
        CheckConstraint(one_of("chunk_type", CHUNK_TYPES), name="chunk_type"),
        UniqueConstraint("document_id", "revision", "ordinal"),
        Index("ix_chunks_batch", "document_id", "revision", "batch"),
        Index("ix_chunks_vector", "vector_hash", "encoder"),
    )


class UnreadPage(Base):
    """One page without text that a parser can read, and what text recognition made of it.

    `reason` says why; `turns` are the clockwise quarter turns from the unrotated page to the page
    as displayed. `batch` is that of the task that recognises the page, and `first_ordinal` the
    ordinal of its first chunk. `confidence` is 0 to 1.
    """

    __tablename__ = "unread_pages"

    document_id: Mapped[str] = mapped_column(
        Id, ForeignKey("documents.document_id", ondelete="CASCADE"), primary_key=True
    )
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    page: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reason: Mapped[str] = mapped_column(String(16))
    turns: Mapped[int] = mapped_column(default=0)
    batch: Mapped[int]
    first_ordinal: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), default="unread", server_default="unread")
    engine: Mapped[str | None] = mapped_column(String(64))
    languages: Mapped[str | None] = mapped_column(String(64))
    confidence: Mapped[float | None]

    __table_args__ = (
        CheckConstraint(one_of("state", PAGE_STATES), name="state"),
        Index("ix_unread_pages_batch", "document_id", "revision", "batch"),
    )


class ProcessingTask(Base):
    """One unit of work and its lease. A write with an older `lease_epoch` is refused.

    `current_step` is the label of its stage, written with the claim; `total_steps` is the number of
    stages in the sequence that the stage belongs to (see `shared.domain.stages`).
    """

    __tablename__ = "processing_tasks"

    task_id: Mapped[str] = mapped_column(Id, primary_key=True)
    document_id: Mapped[str] = mapped_column(
        Id, ForeignKey("documents.document_id", ondelete="CASCADE")
    )
    revision: Mapped[int]
    task_type: Mapped[str] = mapped_column(String(16))
    batch: Mapped[int] = mapped_column(default=0)
    strict: Mapped[bool] = mapped_column(default=False)
    bulk: Mapped[bool] = mapped_column(default=False)
    correlation_id: Mapped[str] = mapped_column(String(64), default="")
    celery_task_id: Mapped[str | None] = mapped_column(String(64))

    status: Mapped[str] = mapped_column(String(16), default="pending")
    progress: Mapped[float] = mapped_column(default=0.0)
    current_step: Mapped[str] = mapped_column(String(64), default="")
    total_steps: Mapped[int] = mapped_column(default=1)
    attempt: Mapped[int] = mapped_column(default=0)
    lease_epoch: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None] = mapped_column(String(128))
    lease_expires_at: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=sql.now())
    hinted_at: Mapped[datetime] = mapped_column(server_default=sql.now())
    deadline_at: Mapped[datetime | None]

    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    error_code: Mapped[str | None] = mapped_column(String(32))
    error_message: Mapped[str | None] = mapped_column(Text)
    result_data: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=sql.now())

    __table_args__ = (
        CheckConstraint(one_of("status", TASK_STATUSES), name="status"),
        CheckConstraint(one_of("task_type", TASK_TYPES), name="task_type"),
        CheckConstraint(one_of("error_code", ERROR_CODES), name="error_code"),
        CheckConstraint("progress >= 0 AND progress <= 100", name="progress"),
        CheckConstraint(
            "status <> 'processing' OR (lease_owner IS NOT NULL AND lease_expires_at IS NOT NULL)",
            name="processing_has_lease",
        ),
        UniqueConstraint("document_id", "revision", "task_type", "batch"),
        Index("ix_processing_tasks_due", "status", "next_attempt_at"),
        Index("ix_processing_tasks_lease", "status", "lease_expires_at"),
        Index("ix_processing_tasks_started", "started_at"),
        Index("ix_processing_tasks_celery_task_id", "celery_task_id"),
    )


class IdempotencyRow(Base):
    """The stored response for a client's `Idempotency-Key`."""

    __tablename__ = "idempotency_keys"

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(Sha256)
    response: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())

    __table_args__ = (Index("ix_idempotency_keys_created", "created_at"),)


class BlobRemoval(Base):
    """A mark of one removal of a blob; an upload of the same bytes waits until it is cleared.

    `owner` is unique to one attempt: see `shared.repositories.blob_removals`.
    """

    __tablename__ = "blob_removals"

    blob_key: Mapped[str] = mapped_column(Text, primary_key=True)
    owner: Mapped[str] = mapped_column(Text, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())


class EventRow(Base):
    """One change, numbered in the order of commits; `data` has ids, states and progress only."""

    __tablename__ = "events"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(64))
    document_id: Mapped[str] = mapped_column(Id)
    collection: Mapped[str] = mapped_column(String(128))
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())

    __table_args__ = (Index("ix_events_created", "created_at"),)


class EventHistory(Base):
    """The only row: the id of this history of events, new after a restore, and the last number."""

    __tablename__ = "event_history"

    history_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[str] = mapped_column(Id)
    last_seq: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (CheckConstraint("history_id = 1", name="only_one"),)
