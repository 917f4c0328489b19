"""Query logs have the answer's state, citations and claims; conversations group them"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.database import sql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_CHECKS = {
    "state": "state IN ('running', 'completed', 'stopped', 'failed')",
    "mode": "mode IN ('extractive', 'generative')",
    "grounding": "grounding IN ('cited', 'ungrounded', 'abstained')",
}
_FOREIGN_KEY = "fk_query_logs_conversation_id_conversations"


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("principal", sa.Text(), server_default="", nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=16), server_default="completed", nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=True),
        sa.Column("grounding", sa.String(length=16), nullable=True),
        sa.Column("citations", sql.JsonType, nullable=True),
        sa.Column("claims", sql.JsonType, nullable=True),
        sa.Column("fallback", sa.String(length=32), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("prompt_tokens", sa.Integer(), server_default="0", nullable=False),
        sa.Column("completion_tokens", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cost", sa.Double(), server_default="0", nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "conversations",
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created_at", sql.UtcDateTime(), server_default=sql.now(), nullable=False),
        sa.Column("updated_at", sql.UtcDateTime(), server_default=sql.now(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_conversations")),
    )
    op.create_index(
        "ix_conversations_principal", "conversations", ["principal", "updated_at", "conversation_id"]
    )
    with op.batch_alter_table("query_logs") as batch_op:
        for column in _columns():
            batch_op.add_column(column)
        batch_op.create_foreign_key(
            op.f(_FOREIGN_KEY),
            "conversations",
            ["conversation_id"],
            ["conversation_id"],
            ondelete="CASCADE",
        )
        for name, condition in _CHECKS.items():
            batch_op.create_check_constraint(op.f(f"ck_query_logs_{name}"), condition)
        batch_op.create_index("ix_query_logs_principal", ["principal", "created_at"])
        batch_op.create_index("ix_query_logs_conversation", ["conversation_id", "turn"])


def downgrade() -> None:
    with op.batch_alter_table("query_logs") as batch_op:
        batch_op.drop_index("ix_query_logs_conversation")
        batch_op.drop_index("ix_query_logs_principal")
        for name in _CHECKS:
            batch_op.drop_constraint(op.f(f"ck_query_logs_{name}"), type_="check")
        batch_op.drop_constraint(op.f(_FOREIGN_KEY), type_="foreignkey")
        for column in _columns():
            batch_op.drop_column(column.name)
    op.drop_table("conversations")
