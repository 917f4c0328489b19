"""The first schema"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shared.database import sql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "blob_removals",
        sa.Column("blob_key", sa.Text(), nullable=False),
        sa.Column("created_at", sql.UtcDateTime(), server_default=sql.now(), nullable=False),
        sa.PrimaryKeyConstraint("blob_key", name=op.f("pk_blob_removals")),
    )
    op.create_table(
        "documents",
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_path", sa.Text(), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        sa.Column("file_type", sa.String(length=16), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("collection", sa.String(length=128), nullable=False),
        sa.Column("metadata", sql.JsonType, nullable=False),
        sa.Column("correlation_id", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("live_revision", sa.Integer(), nullable=True),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("pages_read", sa.Integer(), nullable=False),
        sa.Column("extracted_chunks", sa.Integer(), nullable=True),
        sa.Column("indexed_chunks", sa.Integer(), nullable=False),
        sa.Column("text_chunks", sa.Integer(), nullable=False),
        sa.Column("image_chunks", sa.Integer(), nullable=False),
        sa.Column("table_chunks", sa.Integer(), nullable=False),
        sa.Column("composite_chunks", sa.Integer(), nullable=False),
        sa.Column("total_chunks", sa.Integer(), nullable=False),
        sa.Column("created_at", sql.UtcDateTime(), server_default=sql.now(), nullable=False),
        sa.Column("updated_at", sql.UtcDateTime(), server_default=sql.now(), nullable=False),
        sa.Column("started_at", sql.UtcDateTime(), nullable=True),
        sa.Column("processed_at", sql.UtcDateTime(), nullable=True),
        sa.Column("processing_time_seconds", sa.Double(), nullable=True),
        sa.Column("error_code", sa.String(length=32), nullable=True),
        sa.Column("error_stage", sa.String(length=16), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("celery_task_id", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "error_code IN ('unsupported_type', 'empty_file', 'too_large', 'too_many_pages', 'encrypted', 'corrupt', 'bomb', 'timeout', 'parser_crash', 'out_of_memory', 'no_text', 'embed_failed', 'index_failed', 'attempts_exhausted', 'internal')",
            name=op.f("ck_documents_error_code"),
        ),
        sa.CheckConstraint(
            "status <> 'failed' OR (error_code IS NOT NULL AND error_stage IS NOT NULL AND error_message IS NOT NULL)",
            name=op.f("ck_documents_failed_has_reason"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'processing', 'completed', 'completed_empty', 'failed', 'cancelled', 'deleting', 'gone')",
            name=op.f("ck_documents_status"),
        ),
        sa.CheckConstraint("progress >= 0 AND progress <= 100", name=op.f("ck_documents_progress")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_documents")),
    )
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.create_index("ix_documents_created", ["created_at", "document_id"], unique=False)
        batch_op.create_index("ix_documents_file_path", ["file_path"], unique=False)
        batch_op.create_index(
            "ix_documents_status_created", ["status", "created_at", "document_id"], unique=False
        )
        batch_op.create_index(
            "uq_documents_same_file",
            ["collection", "sha256"],
            unique=True,
            postgresql_where=sa.text("status NOT IN ('deleting', 'gone')"),
            sqlite_where=sa.text("status NOT IN ('deleting', 'gone')"),
        )

    op.create_table(
        "idempotency_keys",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("response", sql.JsonType, nullable=False),
        sa.Column("created_at", sql.UtcDateTime(), server_default=sql.now(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_idempotency_keys")),
    )
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.create_index("ix_idempotency_keys_created", ["created_at"], unique=False)

    op.create_table(
        "query_logs",
        sa.Column("query_id", sa.String(length=36), nullable=False),
        sa.Column("query_text", sa.Text(), nullable=False),
        sa.Column("response_text", sa.Text(), nullable=True),
        sa.Column("document_ids_used", sql.JsonType, nullable=False),
        sa.Column("chunks_retrieved", sa.Integer(), nullable=False),
        sa.Column("chunks_reranked", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("response_latency_ms", sa.Double(), nullable=False),
        sa.Column("user_feedback", sa.String(length=16), nullable=True),
        sa.Column("created_at", sql.UtcDateTime(), server_default=sql.now(), nullable=False),
        sa.CheckConstraint(
            "user_feedback IN ('positive', 'negative', 'neutral')",
            name=op.f("ck_query_logs_user_feedback"),
        ),
        sa.PrimaryKeyConstraint("query_id", name=op.f("pk_query_logs")),
    )
    with op.batch_alter_table("query_logs", schema=None) as batch_op:
        batch_op.create_index("ix_query_logs_created", ["created_at"], unique=False)

    op.create_table(
        "chunks",
        sa.Column("chunk_id", sa.String(length=36), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("chunk_type", sa.String(length=16), nullable=False),
        sa.Column("token_count", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("page_num", sa.Integer(), nullable=True),
        sa.Column("box", sql.JsonType, nullable=True),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("source_file", sa.Text(), nullable=False),
        sa.Column("image_path", sa.Text(), nullable=True),
        sa.Column("embedding_vector", sa.LargeBinary(), nullable=True),
        sa.Column("encoder", sa.String(length=128), nullable=True),
        sa.Column("is_indexed", sa.Boolean(), nullable=False),
        sa.Column("created_at", sql.UtcDateTime(), server_default=sql.now(), nullable=False),
        sa.CheckConstraint(
            "chunk_type IN ('text', 'image', 'table', 'composite')",
            name=op.f("ck_chunks_chunk_type"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["documents.document_id"],
            name=op.f("fk_chunks_document_id_documents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("chunk_id", name=op.f("pk_chunks")),
        sa.UniqueConstraint(
            "document_id",
            "revision",
            "ordinal",
            name=op.f("uq_chunks_document_id_revision_ordinal"),
        ),
    )
    with op.batch_alter_table("chunks", schema=None) as batch_op:
        batch_op.create_index("ix_chunks_batch", ["document_id", "revision", "batch"], unique=False)
        batch_op.create_index("ix_chunks_text", ["text_hash", "encoder"], unique=False)

    op.create_table(
        "processing_tasks",
        sa.Column("task_id", sa.String(length=36), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("task_type", sa.String(length=16), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("strict", sa.Boolean(), nullable=False),
        sa.Column("bulk", sa.Boolean(), nullable=False),
        sa.Column("correlation_id", sa.String(length=64), nullable=False),
        sa.Column("celery_task_id", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("current_step", sa.String(length=64), nullable=False),
        sa.Column("total_steps", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease_epoch", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(length=128), nullable=True),
        sa.Column("lease_expires_at", sql.UtcDateTime(), nullable=True),
        sa.Column("next_attempt_at", sql.UtcDateTime(), server_default=sql.now(), nullable=False),
        sa.Column("hinted_at", sql.UtcDateTime(), server_default=sql.now(), nullable=False),
        sa.Column("deadline_at", sql.UtcDateTime(), nullable=True),
        sa.Column("started_at", sql.UtcDateTime(), nullable=True),
        sa.Column("completed_at", sql.UtcDateTime(), nullable=True),
        sa.Column("error_code", sa.String(length=32), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("result_data", sql.JsonType, nullable=True),
        sa.Column("created_at", sql.UtcDateTime(), server_default=sql.now(), nullable=False),
        sa.Column("updated_at", sql.UtcDateTime(), server_default=sql.now(), nullable=False),
        sa.CheckConstraint(
            "error_code IN ('unsupported_type', 'empty_file', 'too_large', 'too_many_pages', 'encrypted', 'corrupt', 'bomb', 'timeout', 'parser_crash', 'out_of_memory', 'no_text', 'embed_failed', 'index_failed', 'attempts_exhausted', 'internal')",
            name=op.f("ck_processing_tasks_error_code"),
        ),
        sa.CheckConstraint(
            "status <> 'processing' OR (lease_owner IS NOT NULL AND lease_expires_at IS NOT NULL)",
            name=op.f("ck_processing_tasks_processing_has_lease"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'processing', 'completed', 'failed', 'cancelled')",
            name=op.f("ck_processing_tasks_status"),
        ),
        sa.CheckConstraint(
            "task_type IN ('extract', 'embed', 'index', 'retire', 'delete')",
            name=op.f("ck_processing_tasks_task_type"),
        ),
        sa.CheckConstraint(
            "progress >= 0 AND progress <= 100", name=op.f("ck_processing_tasks_progress")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["documents.document_id"],
            name=op.f("fk_processing_tasks_document_id_documents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_processing_tasks")),
        sa.UniqueConstraint(
            "document_id",
            "revision",
            "task_type",
            "batch",
            name=op.f("uq_processing_tasks_document_id_revision_task_type_batch"),
        ),
    )
    with op.batch_alter_table("processing_tasks", schema=None) as batch_op:
        batch_op.create_index(
            "ix_processing_tasks_celery_task_id", ["celery_task_id"], unique=False
        )
        batch_op.create_index(
            "ix_processing_tasks_due", ["status", "next_attempt_at"], unique=False
        )
        batch_op.create_index(
            "ix_processing_tasks_lease", ["status", "lease_expires_at"], unique=False
        )
        batch_op.create_index("ix_processing_tasks_started", ["started_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("processing_tasks", schema=None) as batch_op:
        batch_op.drop_index("ix_processing_tasks_started")
        batch_op.drop_index("ix_processing_tasks_lease")
        batch_op.drop_index("ix_processing_tasks_due")
        batch_op.drop_index("ix_processing_tasks_celery_task_id")

    op.drop_table("processing_tasks")
    with op.batch_alter_table("chunks", schema=None) as batch_op:
        batch_op.drop_index("ix_chunks_text")
        batch_op.drop_index("ix_chunks_batch")

    op.drop_table("chunks")
    with op.batch_alter_table("query_logs", schema=None) as batch_op:
        batch_op.drop_index("ix_query_logs_created")

    op.drop_table("query_logs")
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.drop_index("ix_idempotency_keys_created")

    op.drop_table("idempotency_keys")
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_documents_same_file",
            postgresql_where=sa.text("status NOT IN ('deleting', 'gone')"),
            sqlite_where=sa.text("status NOT IN ('deleting', 'gone')"),
        )
        batch_op.drop_index("ix_documents_status_created")
        batch_op.drop_index("ix_documents_file_path")
        batch_op.drop_index("ix_documents_created")

    op.drop_table("documents")
    op.drop_table("blob_removals")
