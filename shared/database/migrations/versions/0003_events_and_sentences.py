"""Events have numbers; chunks have sentences, and vectors the hash of what was encoded"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

from shared.database import sql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("document_id", sa.String(length=36), nullable=False),
        sa.Column("collection", sa.String(length=128), nullable=False),
        sa.Column("data", sql.JsonType, nullable=False),
        sa.Column("created_at", sql.UtcDateTime(), server_default=sql.now(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_events")),
    )
    op.create_index("ix_events_created", "events", ["created_at"])
    history = op.create_table(
        "event_history",
        sa.Column("history_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.String(length=36), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("history_id = 1", name=op.f("ck_event_history_only_one")),
        sa.PrimaryKeyConstraint("history_id", name=op.f("pk_event_history")),
    )
    op.bulk_insert(history, [{"history_id": 1, "epoch": str(uuid.uuid4()), "last_seq": 0}])
    with op.batch_alter_table("chunks") as batch_op:
        batch_op.add_column(sa.Column("sentences", sql.JsonType, nullable=True))
        batch_op.add_column(sa.Column("vector_hash", sa.String(length=64), nullable=True))
        batch_op.drop_index("ix_chunks_text")
        batch_op.create_index("ix_chunks_vector", ["vector_hash", "encoder"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("chunks") as batch_op:
        batch_op.drop_index("ix_chunks_vector")
        batch_op.create_index("ix_chunks_text", ["text_hash", "encoder"], unique=False)
        batch_op.drop_column("vector_hash")
        batch_op.drop_column("sentences")
    op.drop_table("event_history")
    op.drop_table("events")
