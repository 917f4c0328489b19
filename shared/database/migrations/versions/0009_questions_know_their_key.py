"""Questions and conversations know which collections the key opened that asked"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TABLES = ("query_logs", "conversations")


def upgrade() -> None:
    for table in _TABLES:
        column = sa.Column("key_collections", sa.Text(), server_default="", nullable=False)
        op.add_column(table, column)


def downgrade() -> None:
    for table in _TABLES:
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column("key_collections")
