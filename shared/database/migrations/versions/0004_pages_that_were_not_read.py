"""Documents count the pages whose text could not be read"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shared.database import sql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("documents", sa.Column("pages_unread", sql.JsonType, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("documents") as batch_op:
        batch_op.drop_column("pages_unread")
