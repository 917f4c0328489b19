"""Reads all that belongs to one principal, part by part and page by page, for an export."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, or_, select
from sqlalchemy.orm import Session

from shared.database.schema import (
    AuditEntry,
    CollectionRow,
    Conversation,
    Document,
    Grant,
    GroupMember,
    Key,
    Principal,
    QueryLog,
)

# Rows of one page.
PAGE = 200
# The key of the last row of a page; None: there is no other page.
Place = str | int | None

# Columns that say nothing to the principal: secrets, and where the server keeps its data.
_LEFT_OUT = {"key_hash", "file_path", "celery_task_id"}


def _table(model: Any) -> Table:
    table: Table = model.__table__
    return table


# By part: the table, its key, and the column that names the principal.
_PARTS: dict[str, tuple[Table, str, str]] = {
    "principal": (_table(Principal), "principal_id", "principal_id"),
    "key": (_table(Key), "key_id", "principal_id"),
    "group": (_table(GroupMember), "group_id", "principal_id"),
    "grant": (_table(Grant), "grant_id", "principal_id"),
    "collection": (_table(CollectionRow), "name", "owner_id"),
    "document": (_table(Document), "document_id", "owner_id"),
    "question": (_table(QueryLog), "query_id", "principal"),
    "conversation": (_table(Conversation), "conversation_id", "principal"),
    "audit": (_table(AuditEntry), "seq", "principal_id"),
}
PARTS = tuple(_PARTS)


def page(
    session: Session, part: str, principal_id: str, after: Place
) -> tuple[list[dict[str, Any]], Place]:
    """Return up to `PAGE` rows of a part after a place, and the place after them."""
    table, key, owner = _PARTS[part]
    where: list[ColumnElement[bool]] = [table.c[owner] == principal_id]
    if part == "audit":
        where = [or_(where[0], table.c.object == principal_id)]
    if after is not None:
        where.append(table.c[key] > after)
    rows = session.connection().execute(
        select(table).where(*where).order_by(table.c[key]).limit(PAGE)
    )
    found = [dict(row) for row in rows.mappings()]
    place = found[-1][key] if len(found) == PAGE else None
    return [_shown(row) for row in found], place


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {
        str(name): value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
        if name not in _LEFT_OUT
    }
