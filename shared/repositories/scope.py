"""The documents and chunk types that a question may be answered from, as conditions in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from shared.database.schema import Document
from shared.domain.status import CHUNK_TYPES
from shared.repositories import access
from shared.repositories.metadata import (
    AttributeFilter,
    MetadataCondition,
    attributes_match,
    metadata_matches,
)

_documents = Document.__table__.c
# No collection has this name: a scope of it has no document.
_NOWHERE = ""


@dataclass(frozen=True)
class Scope:
    """Restricts documents by every field that is not empty, and chunks by `types`."""

    types: tuple[str, ...] = CHUNK_TYPES
    document_ids: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    file_types: tuple[str, ...] = ()
    metadata: Mapping[str, MetadataCondition] = field(default_factory=dict)
    attributes: AttributeFilter | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None

    @property
    def is_narrow(self) -> bool:
        """Return whether a field restricts the documents."""
        return bool(self.collections) or self.needs_rows

    @property
    def needs_rows(self) -> bool:
        """Return whether only the rows of `documents` tell which documents are in it."""
        return bool(
            self.document_ids
            or self.file_types
            or self.metadata
            or self.attributes
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
        for key, condition in self.metadata.items():
            found.append(metadata_matches(dialect, key, condition))
        if self.attributes:
            found.append(attributes_match(dialect, self.attributes))
        return found


def within_rights(session: Session, scope: Scope) -> Scope:
    """Return the part of a scope that the caller may read, as a list of collections.

    Searches and caches then need to know nothing of rights: two callers share what was found only
    if they may read the same collections.
    """
    allowed = access.collections_of(session)
    if allowed is None:
        return scope
    named = [each for each in allowed if not scope.collections or each in scope.collections]
    return replace(scope, collections=tuple(named) or (_NOWHERE,))
