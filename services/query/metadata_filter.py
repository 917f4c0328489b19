"""Reads the filter of one metadata key: a value, a list of values, or operators. No I/O."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator

from shared.repositories.metadata import Comparison, MetadataCondition, Scalar

# Keys in one filter, values in one list, characters in one text: they bound a question's cost.
MAX_KEYS = 20
MAX_VALUES = 100
MAX_TEXT = 256
# Integers up to this one are exact in JSON, JavaScript and both databases, which round larger
# numbers differently.
_MAX_NUMBER = 2**53
_COMPARISONS: tuple[Comparison, ...] = ("gt", "gte", "lt", "lte")

_Text = Annotated[str, Field(max_length=MAX_TEXT)]
_Number = Annotated[float, Field(ge=-_MAX_NUMBER, le=_MAX_NUMBER)]
_Value = bool | _Number | _Text
_Values = Annotated[list[_Value], Field(min_length=1, max_length=MAX_VALUES)]


def _describe_optional(schema: dict[str, Any]) -> None:
    schema.pop("required")
    schema["minProperties"] = 1


class MetadataOperators(BaseModel):
    """Operators on one metadata key; all must hold.

    Numbers compare with numbers only, and text with text, by code points: dates as in ISO 8601.
    `ne` and `nin` also match documents without the key.
    """

    # The model describes the operators, all optional; `read_condition` reads them.
    model_config = ConfigDict(extra="forbid", json_schema_extra=_describe_optional)

    gt: _Number | _Text = Field(description="Greater than this")
    gte: _Number | _Text = Field(description="Greater than this, or equal")
    lt: _Number | _Text = Field(description="Less than this")
    lte: _Number | _Text = Field(description="Less than this, or equal")
    ne: _Value = Field(description="Not this value")
    nin: _Values = Field(description="None of these values")
    exists: bool = Field(description="Whether the document has the key; null counts as a value")


_OPERATORS = tuple(MetadataOperators.model_fields)


def storable(text: str) -> str:
    """Replace characters that databases can't store: NUL and lone surrogates."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def read_condition(given: object) -> MetadataCondition:
    """Return the condition that a filter states for one key. ValueError: says what is accepted.

    >>> read_condition({"gte": 2020, "ne": 2022}).bounds
    (('gte', 2020),)
    """
    match given:
        case dict():
            return _read_operators(given)
        case list():
            return MetadataCondition(any_of=_read_values(given, "a list"))
        case _:
            return MetadataCondition(any_of=(_read_value(given, "a value"),))


def _read_operators(given: dict[str, object]) -> MetadataCondition:
    if not given or not given.keys() <= set(_OPERATORS):
        names = ", ".join(_OPERATORS)
        raise ValueError(f"must have one or more of the operators {names}")
    exists = given.get("exists")
    if "exists" in given and not isinstance(exists, bool):
        raise ValueError("exists must be true or false")
    excluded = [_read_value(given["ne"], "ne")] if "ne" in given else []
    if "nin" in given:
        excluded += _read_values(given["nin"], "nin")
    bounds = ((name, _read_bound(given[name], name)) for name in _COMPARISONS if name in given)
    return MetadataCondition(
        none_of=tuple(excluded),
        bounds=tuple(bounds),
        exists=exists if isinstance(exists, bool) else None,
    )


def _read_values(given: object, name: str) -> tuple[Scalar, ...]:
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_VALUES:
        raise ValueError(f"{name} must have 1 to {MAX_VALUES} values")
    return tuple(_read_value(each, f"each value of {name}") for each in given)


def _read_bound(given: object, name: str) -> int | float | str:
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise ValueError(f"{name} must be a number or text")
    return _read_value(given, name)


def _read_value(given: object, name: str) -> Scalar:
    match given:
        case bool():
            return given
        case str():
            if len(given) > MAX_TEXT:
                raise ValueError(f"{name} must be at most {MAX_TEXT} characters long")
            return storable(given)
        case int() | float():
            if not -_MAX_NUMBER <= given <= _MAX_NUMBER:
                raise ValueError(f"{name} must be a number from -2^53 to 2^53")
            return given
        case _:
            raise ValueError(f"{name} must be text, a number, true or false")


# A `MetadataCondition`; as `Any`, because FastAPI describes every class that a request names.
Condition = Annotated[
    Any,
    PlainValidator(read_condition, json_schema_input_type=_Value | _Values | MetadataOperators),
]
