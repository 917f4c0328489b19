"""The text fields of an upload, checked. Pure."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.gateway.schemas.base import Collection, Line, Prose
from shared.http.problems import refusal

MOST_METADATA_BYTES = 16 * 1024
_LONGEST_KEY = 128


def _metadata(text: object) -> dict[str, Any]:
    """A JSON object of plain values, from its text."""
    if not isinstance(text, str) or len(text.encode("utf-8", "replace")) > MOST_METADATA_BYTES:
        raise ValueError(f"must be JSON of at most {MOST_METADATA_BYTES} bytes")
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise ValueError("is no valid JSON") from None
    if not isinstance(found, dict):
        raise ValueError("must be a JSON object")
    for key, value in found.items():
        _check_entry(key, value)
    return found


def _check_entry(key: str, value: object) -> None:
    if not 1 <= len(key) <= _LONGEST_KEY:
        raise ValueError(f"keys have 1 to {_LONGEST_KEY} characters")
    if not isinstance(value, str | int | float | bool | None):
        raise ValueError("values must be strings, numbers, true, false or null")
    if "\0" in key or (isinstance(value, str) and "\0" in value):
        raise ValueError("must not contain NUL characters")


class UploadFields(BaseModel):
    """What a client says about the files it sends."""

    model_config = ConfigDict(extra="forbid")

    title: Line = ""
    description: Prose = ""
    collection: Collection = "default"
    metadata: Annotated[dict[str, Any], BeforeValidator(_metadata)] = Field(default_factory=dict)


def read_fields(fields: dict[str, str]) -> UploadFields:
    """The checked fields. Refusal: says which field is wrong, and how."""
    try:
        return UploadFields.model_validate({key: text for key, text in fields.items() if text})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0])[:64] if first["loc"] else "form"
        unknown = first["type"] == "extra_forbidden"
        message = "is not a field of an upload" if unknown else first["msg"]
        raise refusal(422, "invalid_request", f"{name}: {message}.", field=name) from None
