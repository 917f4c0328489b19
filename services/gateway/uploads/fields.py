"""Checks the text fields of an upload. No I/O."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.gateway.schemas.base import Collection, Line, OcrLanguages, Prose
from services.gateway.schemas.metadata import MAX_METADATA_BYTES, check_metadata, too_long
from shared.http.problems import message_of, refusal


def _metadata(text: object) -> dict[str, Any]:
    """Return the JSON object that a text holds; its values are not nested."""
    if not isinstance(text, str) or len(text.encode("utf-8", "replace")) > MAX_METADATA_BYTES:
        raise too_long()
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise ValueError("must be valid JSON") from None
    if not isinstance(found, dict):
        raise ValueError("must be a JSON object")
    return check_metadata(found)


class UploadFields(BaseModel):
    """The fields that a client sends with its files."""

    model_config = ConfigDict(extra="forbid")

    title: Line = ""
    description: Prose = ""
    collection: Collection = "default"
    ocr_languages: OcrLanguages = ""
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
