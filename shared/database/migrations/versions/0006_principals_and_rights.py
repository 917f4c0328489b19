"""Principals have keys and rights on collections; documents have owners"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shared.database import sql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_FIRST_ADMINISTRATOR = "00000000-0000-4000-8000-000000000001"


def upgrade() -> None:
    principals = op.create_table(
        "principals",
        sa.Column("principal_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("roles", sql.JsonType, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", sql.UtcDateTime(), server_default=sql.now(), nullable=False),
        sa.CheckConstraint("kind IN ('person', 'service')", name=op.f("ck_principals_kind")),
        sa.CheckConstraint("state IN ('active', 'disabled')", name=op.f("ck_principals_state")),
        sa.PrimaryKeyConstraint("principal_id", name=op.f("pk_principals")),
        sa.UniqueConstraint("name", name=op.f("uq_principals_name")),
    )
    op.create_table(
        "groups",
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("created_at", sql.UtcDateTime(), server_default=sql.now(), nullable=False),
        sa.PrimaryKeyConstraint("group_id", name=op.f("pk_groups")),
        sa.UniqueConstraint("name", name=op.f("uq_groups_name")),
    )
    op.create_table(
        "group_members",
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("principal_id", sa.String(length=36), nullable=False),
        _reference("group_members", "group_id", "groups"),
        _reference("group_members", "principal_id", "principals"),
        sa.PrimaryKeyConstraint("group_id", "principal_id", name=op.f("pk_group_members")),
    )
    op.create_index("ix_group_members_principal", "group_members", ["principal_id"])
    op.create_table(
        "keys",
        sa.Column("key_id", sa.String(length=36), nullable=False),
        sa.Column("principal_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("hint", sa.String(length=16), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sql.JsonType, nullable=False),
        sa.Column("created_at", sql.UtcDateTime(), server_default=sql.now(), nullable=False),
        sa.Column("expires_at", sql.UtcDateTime(), nullable=True),
        sa.Column("last_used_at", sql.UtcDateTime(), nullable=True),
        sa.Column("revoked_at", sql.UtcDateTime(), nullable=True),
        _reference("keys", "principal_id", "principals"),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_keys_key_hash")),
    )
    op.create_index("ix_keys_principal", "keys", ["principal_id"])
    op.create_table(
        "collections",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sql.UtcDateTime(), server_default=sql.now(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_collections")),
    )
    op.create_index("ix_collections_owner", "collections", ["owner_id"])
    op.create_table(
        "grants",
        sa.Column("grant_id", sa.String(length=36), nullable=False),
        sa.Column("collection", sa.String(length=128), nullable=False),
        sa.Column("principal_id", sa.String(length=36), nullable=True),
        sa.Column("group_id", sa.String(length=36), nullable=True),
        sa.Column("access", sa.String(length=8), nullable=False),
        sa.Column("created_at", sql.UtcDateTime(), server_default=sql.now(), nullable=False),
        sa.CheckConstraint("access IN ('read', 'write', 'manage')", name=op.f("ck_grants_access")),
        sa.CheckConstraint(
            "(principal_id IS NULL) <> (group_id IS NULL)", name=op.f("ck_grants_one_holder")
        ),
        _reference("grants", "collection", "collections", "name"),
        _reference("grants", "principal_id", "principals"),
        _reference("grants", "group_id", "groups"),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("pk_grants")),
    )
    op.create_index("uq_grants_principal", "grants", ["principal_id", "collection"], unique=True)
    op.create_index("uq_grants_group", "grants", ["group_id", "collection"], unique=True)
    op.create_index("ix_grants_collection", "grants", ["collection"])
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sql.UtcDateTime(), nullable=False),
        sa.Column("principal_id", sa.String(length=36), nullable=False),
        sa.Column("key_id", sa.String(length=36), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("correlation_id", sa.String(length=64), nullable=False),
        sa.Column("details", sql.JsonType, nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_principal", "audit", ["principal_id", "seq"])
    op.create_index("ix_audit_object", "audit", ["object", "seq"])
    op.add_column("documents", sa.Column("owner_id", sa.String(length=36), nullable=True))
    op.create_index(
        "ix_documents_collection", "documents", ["collection", "created_at", "document_id"]
    )
    op.create_index("ix_documents_owner", "documents", ["owner_id"])
    # What there is belongs to the first administrator: with or without keys, each caller of an
    # earlier version could do everything.
    op.bulk_insert(
        principals,
        [
            {
                "principal_id": _FIRST_ADMINISTRATOR,
                "kind": "person",
                "name": "administrator",
                "email": "",
                "roles": ["admin"],
                "state": "active",
            }
        ],
    )
    of_first = {"owner": _FIRST_ADMINISTRATOR}
    for statement in (
        "INSERT INTO collections (name, owner_id)"
        " SELECT DISTINCT collection, :owner FROM documents WHERE status <> 'gone'",
        "UPDATE documents SET owner_id = :owner WHERE status <> 'gone'",
        "UPDATE query_logs SET principal = :owner WHERE principal = ''",
        "UPDATE conversations SET principal = :owner WHERE principal = ''",
    ):
        op.execute(sa.text(statement).bindparams(**of_first))


def downgrade() -> None:
    op.drop_index("ix_documents_owner", "documents")
    op.drop_index("ix_documents_collection", "documents")
    with op.batch_alter_table("documents") as batch_op:
        batch_op.drop_column("owner_id")
    for table in ("audit", "grants", "collections", "keys", "group_members", "groups"):
        op.drop_table(table)
    op.drop_table("principals")


def _reference(
    table: str, column: str, referred: str, key: str | None = None
) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column],
        [f"{referred}.{key or column}"],
        name=op.f(f"fk_{table}_{column}_{referred}"),
        ondelete="CASCADE",
    )
