"""The tables of principals, their keys, groups and rights, and of what was done: the audit log.

Documents, collections and logs name a principal by its id without a foreign key, so that they
outlive it; what it owned is handed over (`shared.repositories.principals`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shared.database import sql
from shared.database.declarative import Base, Id, Sha256, one_of
from shared.database.sql import JsonType
from shared.domain.caller import KINDS, RIGHTS, STATES


class Principal(Base):
    """A person or a service that may act; `roles` is a list of `shared.domain.caller.ROLES`."""

    __tablename__ = "principals"

    principal_id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(128), unique=True)
    email: Mapped[str] = mapped_column(Text, default="")
    roles: Mapped[list[str]] = mapped_column(JsonType, default=list)
    state: Mapped[str] = mapped_column(String(16), default="active")
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())

    __table_args__ = (
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint(one_of("state", STATES), name="state"),
    )


class Group(Base):
    """Principals that have rights together."""

    __tablename__ = "groups"

    group_id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(128), unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())


class GroupMember(Base):
    """A principal in a group."""

    __tablename__ = "group_members"

    group_id: Mapped[str] = mapped_column(
        Id, ForeignKey("groups.group_id", ondelete="CASCADE"), primary_key=True
    )
    principal_id: Mapped[str] = mapped_column(
        Id, ForeignKey("principals.principal_id", ondelete="CASCADE"), primary_key=True
    )

    __table_args__ = (Index("ix_group_members_principal", "principal_id"),)


class Key(Base):
    """A principal's key, of which only the hash is stored; `scopes` is empty if it is whole.

    `hint` is the beginning of the key, by which its owner knows it.
    """

    __tablename__ = "keys"

    key_id: Mapped[str] = mapped_column(Id, primary_key=True)
    principal_id: Mapped[str] = mapped_column(
        Id, ForeignKey("principals.principal_id", ondelete="CASCADE")
    )
    name: Mapped[str] = mapped_column(String(128), default="")
    hint: Mapped[str] = mapped_column(String(16), default="")
    key_hash: Mapped[str] = mapped_column(Sha256, unique=True)
    scopes: Mapped[list[str]] = mapped_column(JsonType, default=list)
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_keys_principal", "principal_id"),)


class SessionRow(Base):
    """A browser that is signed in with a key: its token stands for the key until it expires.

    `key_hash` is that of a stored key or of one in the settings; without it, the session opens
    nothing.
    """

    __tablename__ = "sessions"

    session_id: Mapped[str] = mapped_column(Id, primary_key=True)
    token_hash: Mapped[str] = mapped_column(Sha256, unique=True)
    key_hash: Mapped[str] = mapped_column(Sha256)
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())
    expires_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_sessions_expires", "expires_at"),
        Index("ix_sessions_key_hash", "key_hash", "created_at"),
    )


class CollectionRow(Base):
    """A collection of documents and the principal that it belongs to."""

    __tablename__ = "collections"

    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    owner_id: Mapped[str] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())

    __table_args__ = (Index("ix_collections_owner", "owner_id"),)


class Grant(Base):
    """The right of a principal, or of a group, on a collection."""

    __tablename__ = "grants"

    grant_id: Mapped[str] = mapped_column(Id, primary_key=True)
    collection: Mapped[str] = mapped_column(
        String(128), ForeignKey("collections.name", ondelete="CASCADE")
    )
    principal_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("principals.principal_id", ondelete="CASCADE")
    )
    group_id: Mapped[str | None] = mapped_column(
        Id, ForeignKey("groups.group_id", ondelete="CASCADE")
    )
    access: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())

    __table_args__ = (
        CheckConstraint(one_of("access", RIGHTS), name="access"),
        CheckConstraint("(principal_id IS NULL) <> (group_id IS NULL)", name="one_holder"),
        Index("uq_grants_principal", "principal_id", "collection", unique=True),
        Index("uq_grants_group", "group_id", "collection", unique=True),
        Index("ix_grants_collection", "collection"),
    )


class AuditEntry(Base):
    """Who did what to which object, from where, with which result; `details` has no content.

    Rows are only added. `hash` covers the row and the `hash` of the row before it.
    """

    __tablename__ = "audit"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    principal_id: Mapped[str] = mapped_column(Id)
    key_id: Mapped[str] = mapped_column(Id, default="")
    action: Mapped[str] = mapped_column(String(64))
    object: Mapped[str] = mapped_column(Text)
    result: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(String(64), default="")
    correlation_id: Mapped[str] = mapped_column(String(64), default="")
    details: Mapped[dict[str, Any]]
    previous_hash: Mapped[str] = mapped_column(Sha256)
    hash: Mapped[str] = mapped_column(Sha256)

    __table_args__ = (
        Index("ix_audit_at", "at"),
        Index("ix_audit_principal", "principal_id", "seq"),
        Index("ix_audit_object", "object", "seq"),
    )
