"""The documents and chunk types that a question may be answered from, as conditions in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from shared.database.schema import Document
from shared.domain.status import CHUNK_TYPES

Scalar = bool | int | float | str

_documents = Document.__table__.c


@dataclass(frozen=True)
class Scope:
    """Restricts documents by every field that is not empty, and chunks by `types`."""

    types: tuple[str, ...] = CHUNK_TYPES
    document_ids: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    file_types: tuple[str, ...] = ()
    metadata: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)
    created_after: datetime | None = None
    created_before: datetime | None = None

    @property
    def is_narrow(self) -> bool:
        """Return whether a field restricts the documents."""
        return bool(
            self.document_ids
            or self.collections
            or self.file_types
            or self.metadata
            or self.created_after
            or self.created_before
        )

    def conditions(self, dialect: str) -> list[ColumnElement[bool]]:
        """Return the conditions on a row of `documents`, in the SQL of the dialect."""
        lists = (
            (_documents.document_id, self.document_ids),
            (_documents.collection, self.collections),
            (_documents.file_type, self.file_types),
        )
        found: list[ColumnElement[bool]] = [
            column.in_(values) for column, values in lists if values
        ]
        if self.created_after:
            found.append(_documents.created_at >= self.created_after)
        if self.created_before:
            found.append(_documents.created_at < self.created_before)
        for key, values in self.metadata.items():
            found.append(or_(*(_has(dialect, key, value) for value in values)))
        return found


def _has(dialect: str, key: str, value: Scalar) -> ColumnElement[bool]:
    """Return the condition that the document's metadata has this value under this key."""
    if dialect == "postgresql":
        return type_coerce(_documents.metadata, JSONB).contains({key: value})
    each = func.json_each(_documents.metadata).table_valued("key", "value", "type", name="each")
    match value:
        case bool():
            same = each.c.type == str(value).lower()
        case str():
            same = and_(each.c.type == "text", each.c.value == value)
        case _:
            same = and_(each.c.type.in_(("integer", "real")), each.c.value == value)
    return select(1).select_from(each).where(each.c.key == key, same).exists()
