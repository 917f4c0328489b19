"""Marks of blob removals have owners"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shared.database import sql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The table is made again: no removal is at work while the schema changes, so no mark counts.
    op.drop_table("blob_removals")
    op.create_table(
        "blob_removals",
        sa.Column("blob_key", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("created_at", sql.UtcDateTime(), server_default=sql.now(), nullable=False),
        sa.PrimaryKeyConstraint("blob_key", "owner", name=op.f("pk_blob_removals")),
    )


def downgrade() -> None:
    op.drop_table("blob_removals")
    op.create_table(
        "blob_removals",
        sa.Column("blob_key", sa.Text(), nullable=False),
        sa.Column("created_at", sql.UtcDateTime(), server_default=sql.now(), nullable=False),
        sa.PrimaryKeyConstraint("blob_key", name=op.f("pk_blob_removals")),
    )
