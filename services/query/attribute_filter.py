"""Reads the filters of OpenAI's vector stores: comparisons joined by `and` and `or`. No I/O.

Values are compared as those of filters on metadata are: see `metadata_filter.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from services.query.metadata_filter import MAX_KEYS, MAX_TEXT, read_condition, storable
from shared.repositories.metadata import AttributeFilter, MetadataCondition

# Filters within filters.
_MAX_DEPTH = 4
_JOINS = ("and", "or")
_LISTS = ("in", "nin")
_COMPARISONS = ("eq", "ne", "gt", "gte", "lt", "lte", *_LISTS)
_SCHEMA = {
    "type": "object",
    "description": "A comparison, `{type, key, value}` with type eq, ne, gt, gte, lt, lte, in or"
    " nin, or several, `{type, filters}` with type and, or",
    "examples": [
        {
            "type": "and",
            "filters": [
                {"type": "eq", "key": "department", "value": "quality"},
                {"type": "gte", "key": "year", "value": 2020},
            ],
        }
    ],
}


def read_filter(given: object) -> AttributeFilter:
    """Return the filter. ValueError: says what is accepted.

    >>> read_filter({"type": "eq", "key": "year", "value": 2024}).conditions[0][0]
    'year'
    """
    found = _read(given, 1)
    if found.comparisons > MAX_KEYS:
        raise ValueError(f"must have at most {MAX_KEYS} comparisons")
    return found


def _read(given: object, depth: int) -> AttributeFilter:
    if not isinstance(given, dict):
        raise ValueError("must be an object with a type")
    if given.get("type") not in _JOINS:
        return AttributeFilter("and", conditions=(_read_comparison(given),))
    parts = given.get("filters")
    if not isinstance(parts, list) or not 1 <= len(parts) <= MAX_KEYS or len(given) != 2:
        raise ValueError(f"{given['type']} must have 1 to {MAX_KEYS} filters, and nothing else")
    if depth > _MAX_DEPTH:
        raise ValueError(f"must not be nested deeper than {_MAX_DEPTH}")
    return AttributeFilter(given["type"], parts=tuple(_read(each, depth + 1) for each in parts))


def _read_comparison(given: Mapping[str, Any]) -> tuple[str, MetadataCondition]:
    name, key, value = given.get("type"), given.get("key"), given.get("value")
    if name not in _COMPARISONS or given.keys() != {"type", "key", "value"}:
        names = ", ".join((*_COMPARISONS, *_JOINS))
        raise ValueError(f"must have a type ({names}), a key and a value")
    if not isinstance(key, str) or len(key) > MAX_TEXT:
        raise ValueError(f"key must be text of at most {MAX_TEXT} characters")
    if isinstance(value, list) != (name in _LISTS) or isinstance(value, dict):
        kind = "a list" if name in _LISTS else "text, a number, true or false"
        raise ValueError(f"the value of {name} must be {kind}")
    condition = read_condition(value if name in ("eq", "in") else {name: value})
    return storable(key), condition


# An `AttributeFilter`; as `Any`, because FastAPI describes every class that a request names.
Attributes = Annotated[
    Any,
    PlainValidator(read_filter, json_schema_input_type=dict[str, Any]),
    WithJsonSchema(_SCHEMA),
]
