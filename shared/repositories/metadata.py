"""Conditions on the metadata of documents, in the SQL of each database.

The length of a condition's SQL and the number of its parameters do not grow with its values: each
list is one JSON parameter, and the metadata of a document is expanded once for each key.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    TableValuedAlias,
    and_,
    case,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    tuple_,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.database.schema import Document

Scalar = bool | int | float | str
Comparison = Literal["gt", "gte", "lt", "lte"]

_COMPARE: dict[Comparison, Callable[[Any, Any], ColumnElement[bool]]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
_metadata = Document.__table__.c.metadata


@dataclass(frozen=True)
class MetadataCondition:
    """A condition on the value under one key; every field that is set must hold.

    Values of different kinds are never equal, and a bound holds only for values of its own kind:
    numbers by size, text by code points. A key with the value null exists.
    """

    any_of: tuple[Scalar, ...] = ()
    none_of: tuple[Scalar, ...] = ()
    bounds: tuple[tuple[Comparison, int | float | str], ...] = ()
    exists: bool | None = None

    @property
    def holds_without_key(self) -> bool:
        """Return whether a document that lacks the key fulfils the condition."""
        return not (self.any_of or self.bounds or self.exists)


@dataclass(frozen=True)
class AttributeFilter:
    """Conditions on keys, and filters, of which all must hold (`and`) or one (`or`)."""

    join: Literal["and", "or"]
    conditions: tuple[tuple[str, MetadataCondition], ...] = ()
    parts: tuple[AttributeFilter, ...] = ()

    @property
    def comparisons(self) -> int:
        """Return the number of conditions, also of the parts."""
        return len(self.conditions) + sum(part.comparisons for part in self.parts)


def attributes_match(dialect: str, given: AttributeFilter) -> ColumnElement[bool]:
    """Return the condition on a row of `documents`, in the SQL of the dialect; never NULL."""
    found = [metadata_matches(dialect, key, condition) for key, condition in given.conditions]
    found += [attributes_match(dialect, part) for part in given.parts]
    return and_(true(), *found) if given.join == "and" else or_(false(), *found)


def metadata_matches(dialect: str, key: str, condition: MetadataCondition) -> ColumnElement[bool]:
    """Return the condition on a row of `documents`, in the SQL of the dialect; never NULL."""
    if dialect == "postgresql":
        return _in_postgresql(key, condition)
    return _in_sqlite(key, condition)


class _InPostgresql:
    """The value under one key, as `jsonb`, which compares numbers by size."""

    def __init__(self, key: str) -> None:
        self.value = type_coerce(_metadata, JSONB)[key]
        self.kind = func.jsonb_typeof(self.value)

    def is_among(self, values: Sequence[Scalar]) -> ColumnElement[bool]:
        return self.value.in_(select(func.jsonb_array_elements(literal(list(values), JSONB))))

    def compares(self, name: Comparison, bound: int | float | str) -> ColumnElement[bool]:
        if isinstance(bound, str):
            # Databases may sort by a language; "C" sorts by code points, as SQLite does.
            text = self.value.astext.collate("C")
            return and_(self.kind == "string", _COMPARE[name](text, bound))
        return and_(self.kind == "number", _COMPARE[name](self.value, literal(bound, JSONB)))


class _InSqlite:
    """The value of one row of `json_each`.

    SQLite reads the numbers of a condition from JSON too, so that they are rounded as stored ones.
    """

    def __init__(self, each: TableValuedAlias) -> None:
        self.value = each.c.value
        self.kind = _kind(each)

    def is_among(self, values: Sequence[Scalar]) -> ColumnElement[bool]:
        given = func.json_each(json.dumps(values)).table_valued("value", "type", name="given")
        return tuple_(self.kind, self.value).in_(select(_kind(given), given.c.value))

    def compares(self, name: Comparison, bound: int | float | str) -> ColumnElement[bool]:
        kind = "text" if isinstance(bound, str) else "number"
        given = func.json_extract(json.dumps(bound), "$")
        return and_(self.kind == kind, _COMPARE[name](self.value, given))


def _in_postgresql(key: str, condition: MetadataCondition) -> ColumnElement[bool]:
    has_key = type_coerce(_metadata, JSONB).has_key(key)
    holds = _all(condition, _InPostgresql(key))
    return case((has_key, holds), else_=literal(condition.holds_without_key))


def _in_sqlite(key: str, condition: MetadataCondition) -> ColumnElement[bool]:
    each = func.json_each(_metadata).table_valued("key", "value", "type", name="each")
    holds = select(_all(condition, _InSqlite(each))).where(each.c.key == key).scalar_subquery()
    return func.coalesce(holds, literal(condition.holds_without_key))


def _all(condition: MetadataCondition, stored: _InPostgresql | _InSqlite) -> ColumnElement[bool]:
    """Return the condition on a value that is stored."""
    found = [stored.compares(name, bound) for name, bound in condition.bounds]
    if condition.any_of:
        found.append(stored.is_among(condition.any_of))
    if condition.none_of:
        found.append(not_(stored.is_among(condition.none_of)))
    if condition.exists is False:
        found.append(false())
    return and_(true(), *found)


def _kind(each: TableValuedAlias) -> ColumnElement[str]:
    return case((each.c.type.in_(("integer", "real")), "number"), else_=each.c.type)
