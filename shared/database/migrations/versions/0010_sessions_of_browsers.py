"""Browsers sign in with a key and keep a session"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shared.database import sql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sql.UtcDateTime(), server_default=sql.now(), nullable=False),
        sa.Column("expires_at", sql.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index(op.f("ix_sessions_expires"), "sessions", ["expires_at"])


def downgrade() -> None:
    op.drop_table("sessions")
