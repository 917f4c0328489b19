"""Pages without text are recognised by a stage of their own"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shared.database import sql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_BEFORE = ("extract", "embed", "index", "retire", "delete")
_AFTER = ("extract", "recognise", "embed", "index", "retire", "delete")


_INDEXES = {
    "ix_processing_tasks_celery_task_id": ["celery_task_id"],
    "ix_processing_tasks_due": ["status", "next_attempt_at"],
    "ix_processing_tasks_lease": ["status", "lease_expires_at"],
    "ix_processing_tasks_started": ["started_at"],
}


def _one_of(task_types: tuple[str, ...]) -> str:
    return f"task_type IN ({', '.join(map(repr, task_types))})"


def _replace_task_types(after: tuple[str, ...]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_processing_tasks_task_type"), "processing_tasks")
        op.create_check_constraint(
            op.f("ck_processing_tasks_task_type"), "processing_tasks", _one_of(after)
        )
        return
    # SQLite can't change a constraint. Alembic would make the table again with its constraints in
    # an order of chance.
    new = op.create_table("processing_tasks_new", *_parts(after))
    columns = ", ".join(column.name for column in new.columns)
    op.execute(f"INSERT INTO processing_tasks_new ({columns}) SELECT {columns} FROM processing_tasks")
    op.drop_table("processing_tasks")
    op.rename_table("processing_tasks_new", "processing_tasks")
    for name, indexed in _INDEXES.items():
        op.create_index(name, "processing_tasks", indexed)


def _parts(task_types: tuple[str, ...]) -> list[sa.schema.SchemaItem]:
    """Return the columns and constraints of the table of tasks."""
    return [
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
        sa.CheckConstraint(_one_of(task_types), name=op.f("ck_processing_tasks_task_type")),
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
    ]


def upgrade() -> None:
    op.create_table(
        "unread_pages",
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("page", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("first_ordinal", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="unread", nullable=False),
        sa.Column("engine", sa.String(length=64), nullable=True),
        sa.Column("languages", sa.String(length=64), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.CheckConstraint(
            "state IN ('unread', 'read', 'empty', 'failed')", name=op.f("ck_unread_pages_state")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["documents.document_id"],
            name=op.f("fk_unread_pages_document_id_documents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("document_id", "revision", "page", name=op.f("pk_unread_pages")),
    )
    op.create_index("ix_unread_pages_batch", "unread_pages", ["document_id", "revision", "batch"])
    for name in ("pages_to_recognise", "pages_recognised"):
        column = sa.Column(name, sa.Integer(), server_default="0", nullable=False)
        op.add_column("documents", column)
    languages = sa.Column("ocr_languages", sa.String(length=64), server_default="", nullable=False)
    op.add_column("documents", languages)
    op.add_column("chunks", sa.Column("ocr_confidence", sa.Double(), nullable=True))
    _replace_task_types(_AFTER)


def downgrade() -> None:
    op.execute("DELETE FROM processing_tasks WHERE task_type = 'recognise'")
    _replace_task_types(_BEFORE)
    with op.batch_alter_table("chunks") as batch_op:
        batch_op.drop_column("ocr_confidence")
    with op.batch_alter_table("documents") as batch_op:
        batch_op.drop_column("ocr_languages")
        batch_op.drop_column("pages_recognised")
        batch_op.drop_column("pages_to_recognise")
    op.drop_table("unread_pages")
