"""Checks the text fields of an upload. No I/O."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.gateway.schemas.base import Collection, Line, Prose
from shared.http.problems import message_of, refusal

# Metadata are labels to filter by, not content.
MAX_METADATA_BYTES = 16 * 1024
_MAX_KEY = 128  # characters


def _metadata(text: object) -> dict[str, Any]:
    """Return the JSON object that a text holds; its values are not nested."""
    if not isinstance(text, str) or len(text.encode("utf-8", "replace")) > MAX_METADATA_BYTES:
        raise ValueError(f"must be JSON of at most {MAX_METADATA_BYTES // 1024} KiB")
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise ValueError("must be valid JSON") from None
    if not isinstance(found, dict):
        raise ValueError("must be a JSON object")
    for key, value in found.items():
        _check_entry(key, value)
    return found


def _check_entry(key: str, value: object) -> None:
    if not 1 <= len(key) <= _MAX_KEY:
        raise ValueError(f"must have keys of 1 to {_MAX_KEY} characters")
    if not isinstance(value, str | int | float | bool | None):
        raise ValueError("must have strings, numbers, true, false or null as values")
    if "\0" in key or (isinstance(value, str) and "\0" in value):
        raise ValueError("must not contain NUL characters")


class UploadFields(BaseModel):
    """The fields that a client sends with its files."""

    model_config = ConfigDict(extra="forbid")

    title: Line = ""
    description: Prose = ""
    collection: Collection = "default"
    metadata: Annotated[dict[str, Any], BeforeValidator(_metadata)] = Field(default_factory=dict)


def read_fields(fields: dict[str, str]) -> UploadFields:
    """Return the checked fields. Refusal: names the first field that is not valid, and why."""
    try:
        return UploadFields.model_validate({key: text for key, text in fields.items() if text})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0])[:64] if first["loc"] else "form"
        unknown = first["type"] == "extra_forbidden"
        message = "is not a field of an upload" if unknown else message_of(first)
        raise refusal(422, "invalid_request", f"{name}: {message}.", field=name) from None
