"""Sessions are found by their key: only the newest of each are kept"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_sessions_key_hash"), "sessions", ["key_hash", "created_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_sessions_key_hash"), table_name="sessions")
