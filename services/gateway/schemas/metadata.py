"""Checks the metadata of a document: labels to filter by, not content. No I/O."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from pydantic import AfterValidator

MAX_METADATA_BYTES = 16 * 1024
_MAX_KEY = 128  # characters


def check_metadata(found: dict[str, Any]) -> dict[str, Any]:
    """Return the metadata, or raise ValueError if they are too long or a value is nested."""
    for key, value in found.items():
        if not 1 <= len(key) <= _MAX_KEY:
            raise ValueError(f"must have keys of 1 to {_MAX_KEY} characters")
        if not isinstance(value, str | int | float | bool | None):
            raise ValueError("must have strings, numbers, true, false or null as values")
        if "\0" in key or (isinstance(value, str) and "\0" in value):
            raise ValueError("must not contain NUL characters")
    if len(_encoded(found)) > MAX_METADATA_BYTES:
        raise too_long()
    return found


def too_long() -> ValueError:
    return ValueError(f"must be JSON of at most {MAX_METADATA_BYTES // 1024} KiB")


def _encoded(found: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(found)
    except TypeError:
        raise ValueError("must have valid text and numbers of at most 64 bits") from None


Metadata = Annotated[dict[str, Any], AfterValidator(check_metadata)]
