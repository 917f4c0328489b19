"""Files in archives and e-mails are documents with a parent"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shared.database import sql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("documents", sa.Column("parent_id", sa.String(length=36), nullable=True))
    path = sa.Column("member_path", sa.Text(), server_default="", nullable=False)
    op.add_column("documents", path)
    op.add_column("documents", sa.Column("members_unread", sql.JsonType, nullable=True))
    op.create_index("ix_documents_parent", "documents", ["parent_id"])


def downgrade() -> None:
    op.drop_index("ix_documents_parent", "documents")
    with op.batch_alter_table("documents") as batch_op:
        batch_op.drop_column("members_unread")
        batch_op.drop_column("member_path")
        batch_op.drop_column("parent_id")
