"""Places in a list, opaque to clients and checked when they come back. Pure."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from shared.http.problems import Refusal, refusal

_DOCUMENTS = TypeAdapter(tuple[datetime, str])
_CHUNKS = TypeAdapter(tuple[int, int])


def after_document(created_at: datetime, document_id: str) -> str:
    """The place behind a document."""
    return _encode([created_at.isoformat(), document_id])


def read_document(cursor: str) -> tuple[datetime, str]:
    """(created_at, document_id). Refusal: it is none of ours."""
    created_at, document_id = _decode(cursor, _DOCUMENTS)
    if created_at.tzinfo is None or "\0" in document_id:
        raise _invalid()
    return created_at, document_id


def after_chunk(revision: int, ordinal: int) -> str:
    """The place behind a chunk of one revision."""
    return _encode([revision, ordinal])


def read_chunk(cursor: str) -> tuple[int, int]:
    """(revision, ordinal). Refusal: it is none of ours."""
    revision, ordinal = _decode(cursor, _CHUNKS)
    if not (0 <= revision < 2**31 and 0 <= ordinal < 2**31):
        raise _invalid()
    return revision, ordinal


def _encode(place: list[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(place)).rstrip(b"=").decode()


def _decode(cursor: str, shape: TypeAdapter[Any]) -> Any:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return shape.validate_json(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (UnicodeEncodeError, binascii.Error, ValidationError):
        raise _invalid() from None


def _invalid() -> Refusal:
    return refusal(422, "invalid_cursor", "This cursor is not one that this server gave.")
